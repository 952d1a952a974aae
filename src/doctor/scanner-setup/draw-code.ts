import { type RenderOptions, toSVG } from 'bwip-js';
import type { SetupCode } from '../../../devices/scanner/scanner-profile.ts';

export type DrawnCode = Pick<SetupCode, 'symbology' | 'text' | 'fnc3'>;

/** Wide enough for any office printer, narrow enough for a hand scanner at arm's length. */
const MODULE_MM = { code128: 0.42, qrcode: 0.8 } as const;
const BAR_HEIGHT_MM = 14;
/** ISO/IEC 15417 asks for ten modules on either side, ISO/IEC 18004 for four all round; here is more. */
const QUIET_MM = 7;
/** bwip-js draws one module of a matrix this many units wide. */
const UNITS = { code128: 1, qrcode: 2 } as const;

/** The code as SVG in millimetres, its quiet zone around it, white under it. Text goes in as its UTF-8 bytes, without ECI. */
export function drawCode({ symbology, text, fnc3 }: DrawnCode): string {
  const options: RenderOptions = { bcid: symbology, text: withFunction3(text, fnc3), scale: 1 };
  if (symbology === 'code128') Object.assign(options, { parsefnc: true, height: BAR_HEIGHT_MM });
  if (symbology === 'qrcode') Object.assign(options, { eclevel: 'M' });
  return framed(toSVG(options), symbology);
}

/** bwip-js takes Function 3 as `^FNC3`, and then `^` for the start of such a name. */
function withFunction3(text: string, fnc3: DrawnCode['fnc3']): string {
  const plain = fnc3 === 'none' ? text : text.replaceAll('^', '^^');
  return `${fnc3 === 'before' ? '^FNC3' : ''}${plain}${fnc3 === 'after' ? '^FNC3' : ''}`;
}

function framed(svg: string, symbology: DrawnCode['symbology']): string {
  const [, widthUnits = '', heightUnits = ''] = /viewBox="0 0 (\d+) (\d+)"/.exec(svg) ?? [];
  const inner = svg.slice(svg.indexOf('>') + 1, svg.lastIndexOf('</svg>'));
  const unitMm = MODULE_MM[symbology] / UNITS[symbology];
  const widthMm = Number(widthUnits) * unitMm;
  const heightMm = symbology === 'code128' ? BAR_HEIGHT_MM : Number(heightUnits) * unitMm;
  const outerMm = { width: widthMm + 2 * QUIET_MM, height: heightMm + 2 * QUIET_MM };
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${mm(outerMm.width)}mm" height="${mm(outerMm.height)}mm"`,
    ` viewBox="0 0 ${mm(outerMm.width)} ${mm(outerMm.height)}" role="img" shape-rendering="crispEdges">`,
    '<rect width="100%" height="100%" fill="#fff"/>',
    `<svg x="${QUIET_MM}" y="${QUIET_MM}" width="${mm(widthMm)}" height="${mm(heightMm)}"`,
    ` viewBox="0 0 ${widthUnits} ${heightUnits}" preserveAspectRatio="none">${inner}</svg></svg>`,
  ].join('');
}

function mm(length: number): string {
  return length.toFixed(2);
}
