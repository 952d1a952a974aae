/** Modules whose colour a QR code of a given size has whatever it says (ISO/IEC 18004, 6.3). */

/** True dark, false light, null: data. Finder patterns, separators, timing and the alignment pattern at bottom right. */
export function knownModule(column: number, row: number, modules: number): boolean | null {
  const finder = finderModule(column, row, modules);
  if (finder !== null) return finder;
  if (row === 6) return column % 2 === 0;
  if (column === 6) return row % 2 === 0;
  return alignmentModule(column, row, modules);
}

/** 6.3.3, 6.3.4: 7x7 with a light separator, at three corners. */
function finderModule(column: number, row: number, modules: number): boolean | null {
  const x = fromCorner(column, modules);
  const y = fromCorner(row, modules);
  if (x === null || y === null || (column >= 8 && row >= 8)) return null;
  const ring = Math.max(Math.abs(x - 3), Math.abs(y - 3));
  return ring === 3 || ring <= 1;
}

function fromCorner(index: number, modules: number): number | null {
  if (index < 8) return index;
  return index >= modules - 8 ? modules - 1 - index : null;
}

/** 6.3.6: from version 2 on one is centred on the seventh module from the right and from below. */
function alignmentModule(column: number, row: number, modules: number): boolean | null {
  if (modules < 25) return null;
  const centre = modules - 7;
  const ring = Math.max(Math.abs(column - centre), Math.abs(row - centre));
  return ring > 2 ? null : ring !== 1;
}
