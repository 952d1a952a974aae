import {
  BinaryBitmap,
  Code128Reader,
  DecodeHintType,
  HybridBinarizer,
  RGBLuminanceSource,
} from '@zxing/library';
import sharp from 'sharp';
import { describe, expect, test } from 'vitest';
import {
  loadScannerProfile,
  parseScannerProfile,
  type SetupCode,
  scannerProfileNames,
} from '../../../devices/scanner/scanner-profile.ts';
import { parsePresentation } from '../../documents/parse-presentation.ts';
import { THOROUGH } from '../../vision/engine.ts';
import { openZxingWasmEngine } from '../../vision/zxing-wasm-engine.ts';
import { type DrawnCode, drawCode } from './draw-code.ts';
import { scannerSetupPage } from './setup-page.ts';
import { TEST_NAME, TEST_NUMBER, TEST_TEXT } from './test-code.ts';

/** Printers have 600 dots an inch; a fraction of that is enough. */
const DOTS_A_MM = 8;
/** Value of Function 3 in code sets A and B, ISO/IEC 15417 table 1. */
const FNC3 = 96;

const profiles = scannerProfileNames()
  .map((name) => ({ name, profile: loadScannerProfile(name) }))
  .filter(({ profile }) => profile.setup !== null);
const codes = profiles.flatMap(({ name, profile }) =>
  (profile.setup?.codes ?? []).map((code): [string, SetupCode] => [
    `${name} ${code.text.trim()}`,
    code,
  ]),
);

describe('every code of the profiles that ship', () => {
  test('two makers’ scanners at least become a serial port or a keyboard by codes alone', () => {
    const whole = profiles.filter(({ profile }) => {
      const modes = (profile.setup?.codes ?? []).map(({ mode }) => mode);
      return modes.includes('serial') && modes.includes('keyboard');
    });
    expect(whole.map(({ name }) => name)).toEqual(['datalogic', 'honeywell']);
  });

  test.each(codes)('%s is read back as it stands in the profile', async (_, code) => {
    expect(await readBack(code)).toEqual({ text: code.text, fnc3: code.fnc3 });
  });
});

describe('a code', () => {
  test('may hold a caret beside Function 3', async () => {
    const code: DrawnCode = { symbology: 'code128', text: 'A^FNC3^B', fnc3: 'before' };
    expect(await readBack(code)).toEqual({ text: 'A^FNC3^B', fnc3: 'before' });
  });

  test('of the other kind holds its text', async () => {
    const text = '%0401D03%8002H0D0A%^FNC3';
    expect(await decode(drawCode({ symbology: 'qrcode', text, fnc3: 'none' }))).toBe(text);
  });
});

describe('the code to try a scanner with', () => {
  test('is read as the bytes of UTF-8 by the station itself', async () => {
    expect(await decode(drawCode({ symbology: 'qrcode', text: TEST_TEXT, fnc3: 'none' }))).toBe(
      TEST_TEXT,
    );
  });

  test('names nobody, and no check of it fails', () => {
    const document = parsePresentation(new TextEncoder().encode(TEST_TEXT), { latestDay: 20_700 });
    expect(document).toMatchObject({ kind: 'cccd-qr', number: TEST_NUMBER, name: TEST_NAME });
    expect(document.checks.filter(({ outcome }) => outcome === 'failed')).toEqual([]);
    expect(TEST_NUMBER.startsWith('000')).toBe(true);
  });
});

describe('the page', () => {
  const page = scannerSetupPage(profiles);

  test('shows what cannot be seen of a code in words', () => {
    expect(page).toContain('<figcaption>{FNC3}$P,HA47,P{CR}</figcaption>');
  });

  test('holds every profile and code with what it was checked against, and loads nothing', () => {
    const wanted = [
      ...profiles.map(({ name }) => `profile = "${name}"`),
      ...codes.map(([, { does }]) => does.vi),
      'theo người khác đã dùng, chưa thử trên máy',
    ];
    expect(wanted.filter((text) => !page.includes(text))).toEqual([]);
    expect(page).not.toMatch(/<(script|link|img|iframe)|url\(|@import/);
  });

  test('shows what a profile says as text, whatever it says', () => {
    const evil = { ...loadScannerProfile('generic'), title: '<script>alert("x")</script>' };
    const profile = parseScannerProfile(JSON.stringify(evil), 'evil.json');
    const shown = scannerSetupPage([{ name: 'evil', profile }]);
    expect(shown).not.toContain('<script');
    expect(shown).toContain('&lt;script&gt;');
  });
});

/** What the drawing holds, Function 3 among it, which readers do not give out as text. */
async function readBack(code: DrawnCode): Promise<Pick<DrawnCode, 'text' | 'fnc3'>> {
  const { data, info } = await pixels(drawCode(code));
  const source = new RGBLuminanceSource(new Uint8ClampedArray(data), info.width, info.height);
  const bitmap = new BinaryBitmap(new HybridBinarizer(source));
  const result = new Code128Reader().decode(bitmap, new Map([[DecodeHintType.TRY_HARDER, true]]));
  // Start, then the data, then the check character and the end.
  const values = [...(result.getRawBytes() ?? [])].slice(1, -2);
  const at = values.indexOf(FNC3);
  const fnc3 = at === -1 ? 'none' : at === 0 ? 'before' : 'after';
  return { text: result.getText(), fnc3 };
}

async function decode(svg: string): Promise<string> {
  const { data, info } = await pixels(svg);
  const engine = await openZxingWasmEngine();
  const [symbol] = engine.read({ data, width: info.width, height: info.height }, THOROUGH);
  return Buffer.from(symbol?.content?.bytes ?? []).toString();
}

async function pixels(svg: string) {
  const density = DOTS_A_MM * 25.4;
  return await sharp(Buffer.from(svg), { density })
    .flatten({ background: '#fff' })
    .greyscale()
    .raw()
    .toBuffer({ resolveWithObject: true });
}
