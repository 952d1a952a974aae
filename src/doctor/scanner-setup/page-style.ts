/**
 * A4, black on white, bar codes never cut by the end of a sheet. From one code to the next 60 mm: of a scanner that sees 40 by 30
 * degrees, as most do, the view at 10 to 15 cm is 55 to 80 mm high, and holds one.
 */
export const PAGE_STYLE = `
@page { size: A4; margin: 11mm 15mm; }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 180mm; color: #000; background: #fff;
  font: 10.5pt/1.4 "Be Vietnam Pro", "Noto Sans", "DejaVu Sans", sans-serif; }
.sheet { break-after: page; padding: 2mm 0; }
.sheet:last-child { break-after: auto; }
header { border-bottom: 0.6mm solid #000; margin-bottom: 4mm; padding-bottom: 2mm; }
h1 { font-size: 19pt; line-height: 1.2; margin: 0; }
h1 span { font-weight: 400; font-size: 13pt; color: #444; margin-left: 2mm; }
h2 { font-size: 11.5pt; line-height: 1.35; margin: 6mm 0 2mm; break-after: avoid; break-inside: avoid; }
h2 em { display: block; font-weight: 400; }
em { color: #444; font-style: normal; font-size: 0.9em; }
p { margin: 0 0 2mm; }
.maker { font-size: 12.5pt; font-weight: 600; margin: 2mm 0 0; }
.models { margin: 0; }
.how em, .then em, .either em { display: block; }
.either { font-weight: 700; border: 0.6mm solid #000; border-radius: 2mm; padding: 1.5mm 3mm; }
.either em { font-weight: 400; }
ol { list-style: none; counter-reset: step; margin: 0; padding: 0; }
ol > li { counter-increment: step; display: grid; grid-template-columns: 11mm 1fr auto; align-items: center;
  gap: 3mm; min-height: 58mm; border: 0.3mm solid #999; border-radius: 2mm; padding: 1.5mm 3mm; margin-bottom: 4mm; break-inside: avoid; }
ol > li::before { content: counter(step); font-size: 20pt; font-weight: 700; text-align: center; }
.does { font-weight: 600; font-size: 11.5pt; margin-bottom: 1mm; }
.does em { display: block; font-weight: 400; }
.checked { font-size: 8.5pt; margin-bottom: 1mm; }
.checked[data-checked="reported"]::before, .checked[data-checked="guess"]::before { content: "△ "; }
.checked[data-checked="device"]::before, .checked[data-checked="manual"]::before { content: "✓ "; }
.source { font-size: 7pt; line-height: 1.3; color: #555; margin: 0; }
.sheet > .source { margin-top: 4mm; }
figure { margin: 0; text-align: center; }
figure svg { display: block; margin: 0 auto; }
figcaption { font: 8pt/1.3 "DejaVu Sans Mono", monospace; overflow-wrap: anywhere; margin-top: -4.5mm; padding-bottom: 0.5mm; }
.try figcaption { margin: -2mm auto 4mm; max-width: 130mm; }
pre { font: 8.5pt/1.35 "DejaVu Sans Mono", monospace; background: #f1f1f1; margin: 0 0 3mm; padding: 2mm 3mm;
  border-radius: 1mm; break-inside: avoid; }
code { font-family: "DejaVu Sans Mono", monospace; font-size: 0.92em; }
.missing { margin: 0; padding-left: 5mm; }
.missing li { margin-bottom: 2mm; break-inside: avoid; }
.missing em { display: block; }
table { width: 100%; border-collapse: collapse; }
th, td { border: 0.3mm solid #999; padding: 2mm 3mm; text-align: left; vertical-align: top; }
td:first-child { width: 42%; font-weight: 600; }
td em { display: block; }
@media screen { body { padding: 8mm; } }
`;
