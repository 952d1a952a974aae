/** Digits in cells of one width, for numbers that are compared or that move: the typeface has no tabular figures. */
export function Figures({ text }: { readonly text: string }) {
  return (
    <>
      {text.split(/(?=[0-9])|(?<=[0-9])/).map((part, index) =>
        /^[0-9]$/.test(part) ? (
          <span key={index} class="figure">
            {part}
          </span>
        ) : (
          part
        ),
      )}
    </>
  );
}
