import { expect, test } from 'vitest';
import { performActiveAuthentication } from '../../../src/chip/active-authentication.ts';
import { CardSession } from '../../../src/chip/card-session.ts';
import {
  chooseChipAuthentication,
  performChipAuthentication,
} from '../../../src/chip/chip-authentication.ts';
import { parseDg14 } from '../../../src/chip/lds/dg14.ts';
import { parseDg15 } from '../../../src/chip/lds/dg15.ts';
import { parseSod } from '../../../src/chip/lds/sod.ts';
import { ProtocolError } from '../../../src/chip/protocol-error.ts';
import { parseSecurityInfos } from '../../../src/chip/security-infos.ts';
import { CAN, letIn, openCard, openPace, readWhole } from '../../../test/support/card-terminal.ts';
import { sampleCard, seededRandom } from '../../../test/support/sample-card.ts';
import type { HostileShape } from './card-flaw.ts';

const SELECT_CARD_ACCESS = Buffer.from('00a4020c02011c', 'hex');
const random = seededRandom('terminal');
const isDeviceFault = expect.objectContaining({ name: 'DeviceFault' });
const withFault = async (fault: NonNullable<Parameters<typeof sampleCard>[0]>['faults']) =>
  openCard(await sampleCard({ faults: fault ?? [] }));

test('a pulled card answers so many commands and then is gone, resets or not', async () => {
  const { card } = await withFault([{ kind: 'pull', afterApdus: 2, returns: false }]);
  await card.transmit(SELECT_CARD_ACCESS);
  await card.transmit(SELECT_CARD_ACCESS);
  await expect(card.transmit(SELECT_CARD_ACCESS)).rejects.toThrow(isDeviceFault);
  card.reset();
  await expect(card.transmit(SELECT_CARD_ACCESS)).rejects.toThrow(isDeviceFault);
});

test('a card that returns begins afresh, and the read goes on from where it was', async () => {
  const { card, session } = await withFault([{ kind: 'pull', afterApdus: 15, returns: true }]);
  await letIn(session);
  await expect(readWhole(session, 0x0102, 100)).rejects.toThrow(isDeviceFault);
  expect(card.apdus).toBe(16);
  card.reset();
  const again = new CardSession(card);
  await letIn(again);
  expect((await readWhole(again, 0x0102)).length).toBeGreaterThan(1_000);
});

test('a mute card never answers; a reset ends the command', async () => {
  const { card } = await withFault([{ kind: 'mute', afterApdus: 0 }]);
  const command = card.transmit(SELECT_CARD_ACCESS);
  const ended = expect(command).rejects.toThrow(isDeviceFault);
  card.reset();
  await ended;
});

test('a slow card waits before each answer', async () => {
  const waits: number[] = [];
  const faults = [{ kind: 'slow', afterApdus: 1, milliseconds: 700 }] as const;
  const { card } = openCard(await sampleCard({ faults }), async (ms) => void waits.push(ms));
  for (let times = 0; times < 3; times++) await card.transmit(SELECT_CARD_ACCESS);
  expect(waits).toEqual([700, 700]);
});

test('a wrong MAC ends the session', async () => {
  const { session } = await withFault([{ kind: 'wrong-mac', afterApdus: 0 }]);
  await expect(letIn(session)).rejects.toMatchObject({ code: 'sm.mac' });
});

test.each([0, 1, 2, 3, 20])(
  'answers of %i bytes at most are refused, not misread',
  async (bytes) => {
    const { session } = await withFault([{ kind: 'truncated', afterApdus: 7, bytes }]);
    const reading = letIn(session).then(() => readWhole(session, 0x0102));
    await expect(reading).rejects.toThrow(ProtocolError);
  },
);

test.each([true, false])('an answer without end is given up (empty: %s)', async (empty) => {
  const { card, session } = await withFault([{ kind: 'endless', afterApdus: 0, empty }]);
  await expect(readWhole(session, 0x011c)).rejects.toMatchObject({ code: 'session.endless' });
  expect(card.apdus).toBeLessThan(400);
});

test.each([-1, 1])('reads of %i bytes too many give other lengths than asked', async (by) => {
  const { session } = await withFault([{ kind: 'read-length', afterApdus: 0, by }]);
  await letIn(session);
  await session.selectFile(0x0102);
  expect((await session.readBinary(0, 100)).data).toHaveLength(100 + by);
});

test('a clone has the files, and neither of the keys', async () => {
  const spec = await sampleCard({ flaws: [{ kind: 'cloned' }] });
  const { session } = openCard(spec);
  await letIn(session);
  const infos = parseSecurityInfos(parseDg14(await readWhole(session, 0x010e)));
  const { publicKeyInfo } = parseDg15(await readWhole(session, 0x010f));
  expect(await performActiveAuthentication(session, publicKeyInfo, null, random)).toEqual({
    kind: 'failed',
  });
  const offer = chooseChipAuthentication(infos);
  if (offer.kind !== 'possible') throw new Error(offer.kind);
  await performChipAuthentication(session, offer, random);
  await expect(session.selectFile(0x0101)).rejects.toThrow(ProtocolError);
});

test('a missing file is 6A82 while the security object still speaks of it', async () => {
  const spec = await sampleCard({ flaws: [{ kind: 'missing', fileId: 0x010f }] });
  const { session } = openCard(spec);
  await letIn(session);
  expect((await session.selectFile(0x010f)).sw).toBe(0x6a82);
  expect([...parseSod(await readWhole(session, 0x011d)).groupHashes.keys()]).toContain(15);
});

test.each([-1, 1, 5])('a portrait whose outermost length is wrong by %i', async (by) => {
  const right = await sampleCard();
  const spec = await sampleCard({ flaws: [{ kind: 'wrong-length', fileId: 0x0102, by }] });
  const [one, other] = [right, spec].map(({ files }) => Buffer.from(files.get(0x0102) ?? []));
  expect(other?.readUInt16BE(2)).toBe((one?.readUInt16BE(2) ?? 0) + by);
  expect(other?.subarray(4).equals(one?.subarray(4) ?? Buffer.alloc(0))).toBe(true);
});

const SHAPES: readonly HostileShape[] = [
  ...(['deep', 'endless-length', 'indefinite', 'long-tag', 'many', 'empty'] as const),
];
for (const shape of SHAPES) {
  test(`a security object of hostile shape "${shape}" is refused as one`, async () => {
    const spec = await sampleCard({ flaws: [{ kind: 'hostile-tlv', fileId: 0x011d, shape }] });
    expect(() => parseSod(spec.files.get(0x011d) ?? new Uint8Array(0))).toThrow(ProtocolError);
  });

  test(`an EF.CardAccess of hostile shape "${shape}" leads to no PACE and no other error`, async () => {
    const spec = await sampleCard({ flaws: [{ kind: 'hostile-tlv', fileId: 0x011c, shape }] });
    const outcome = openPace(openCard(spec).session, CAN);
    await expect(outcome).rejects.toThrow();
    await expect(outcome).rejects.not.toThrow(TypeError);
    await expect(outcome).rejects.not.toThrow(RangeError);
  });
}
