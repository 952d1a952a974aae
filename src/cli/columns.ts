/** Rows under a head, each column as wide as its widest cell; numbers to the right. */
export function columns(
  head: readonly string[],
  rows: readonly (readonly (string | number)[])[],
): readonly string[] {
  const widths = head.map((title, at) =>
    Math.max(title.length, ...rows.map((row) => String(row[at] ?? '').length)),
  );
  const isNumber = head.map((_, at) => rows.some((row) => typeof row[at] === 'number'));
  return [head, ...rows].map((row) =>
    widths
      .map((width, at) => {
        const cell = String(row[at] ?? '');
        return isNumber[at] === true ? cell.padStart(width) : cell.padEnd(width);
      })
      .join('  ')
      .trimEnd(),
  );
}
