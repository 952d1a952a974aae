import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ProtocolError } from '../protocol-error.ts';
import { writeTlv } from '../tlv.ts';
import { parseCom } from './com.ts';
import { parseDg1 } from './dg1.ts';
import { parseDg2 } from './dg2.ts';
import { parseDg11 } from './dg11.ts';
import { parseDg12 } from './dg12.ts';
import { laneFields, parseDg13 } from './dg13.ts';
import { parseDg14 } from './dg14.ts';
import { parseDg15 } from './dg15.ts';
import { parseSod } from './sod.ts';

const RUNS = process.env['CHOT_SOAK'] === '1' ? 50_000 : 1_000;

const PARSERS: readonly (readonly [string, number, (bytes: Uint8Array) => unknown])[] = [
  ['EF.COM', 0x60, parseCom],
  ['DG1', 0x61, parseDg1],
  ['DG2', 0x75, parseDg2],
  ['DG11', 0x6b, parseDg11],
  ['DG12', 0x6c, parseDg12],
  ['DG13', 0x6d, (bytes) => laneFields(parseDg13(bytes))],
  ['DG14', 0x6e, parseDg14],
  ['DG15', 0x6f, parseDg15],
  ['EF.SOD', 0x77, parseSod],
];

const TAGS = [0x02, 0x04, 0x06, 0x0c, 0x13, 0x30, 0x31, 0xa0, 0x5c, 0x5f1f, 0x5f2e, 0x7f60, 0x7f61];
const { tree } = fc.letrec<{ tree: Uint8Array }>((tie) => ({
  tree: fc.oneof(
    { depthSize: 'small' },
    fc.uint8Array({ maxLength: 20 }),
    fc
      .array(fc.tuple(fc.constantFrom(...TAGS), tie('tree')), { maxLength: 4 })
      .map((parts) => Buffer.concat(parts.map(([tag, value]) => writeTlv(tag, value)))),
  ),
}));

for (const [name, tag, parse] of PARSERS) {
  test(`${name}: no bytes but a ProtocolError, in whatever shape they come`, () => {
    fc.assert(
      fc.property(
        fc.oneof(
          tree.map((value) => writeTlv(tag, value)),
          fc.uint8Array(),
        ),
        (bytes) => {
          try {
            parse(bytes);
          } catch (error) {
            expect(error).toBeInstanceOf(ProtocolError);
          }
        },
      ),
      { numRuns: RUNS },
    );
  });
}
