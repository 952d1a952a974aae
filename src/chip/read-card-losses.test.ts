import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { CardFault } from '../../devices/card-reader/emulated/card-fault.ts';
import type { HostileShape } from '../../devices/card-reader/emulated/card-flaw.ts';
import { put, readOnReader } from '../../test/support/card-on-reader.ts';
import { SAMPLE_PERSON, sampleCard } from '../../test/support/sample-card.ts';
import { DeviceFault } from '../kernel/errors.ts';
import { secretsOfNumber } from './access.ts';
import type { CardChannel } from './card-channel.ts';
import type { CardProgress } from './card-reading.ts';
import { resultOf } from './card-result.ts';

const RUNS = process.env['CHOT_SOAK'] === '1' ? 2_000 : 40;
const lost = (progress: readonly CardProgress[]) => progress.filter(({ kind }) => kind === 'lost');
const kinds = (progress: readonly CardProgress[]) => progress.map(({ kind }) => kind);

/** Commands from `from` on are answered by somebody else. */
function replacedFrom(from: number, card: CardChannel, other: CardChannel): CardChannel {
  let commands = 0;
  return { transmit: (command) => (++commands > from ? other : card).transmit(command) };
}

const gone: CardChannel = {
  transmit: () => Promise.reject(new DeviceFault('there is no card on the reader')),
};

test('a card that slipped is read on from where it was, and proves itself again', async () => {
  const spec = await sampleCard({ manners: { readMax: 223, longRead: 'shortened' } });
  const whole = await readOnReader([put(spec)]);
  const before = whole.reading.apdus - 10;
  const slipped = put({ ...spec, faults: [{ kind: 'pull', afterApdus: before, returns: true }] });
  const { reading, progress } = await readOnReader([slipped]);
  expect(reading).toMatchObject({ ended: 'complete', chipAuthentication: 'passed' });
  expect(reading.activeAuthentication).toBe('passed');
  const photo = progress.flatMap((each) =>
    each.kind === 'bytes' && each.group === 2 ? [each.bytes] : [],
  );
  expect(photo).toEqual([...photo].sort((one, other) => one - other));
  expect(new Set(photo).size).toBe(photo.length);
  expect(lost(progress)).toEqual([{ kind: 'lost', code: 'device' }]);
});

test('a card pulled at any moment ends as gone, and with another try is read whole', async () => {
  const spec = await sampleCard();
  const { reading } = await readOnReader([put(spec)]);
  for (let moment = 0; moment < reading.apdus; moment++) {
    const pulled = () =>
      put({ ...spec, faults: [{ kind: 'pull', afterApdus: moment, returns: true }] });
    const away = await readOnReader([pulled()], { reconnect: async () => null });
    expect(away.reading.ended).toBe('gone');
    const back = await readOnReader([pulled()]);
    expect(back.reading.ended).toBe('complete');
    expect(back.reading).toMatchObject({
      ...{ chipAuthentication: 'passed', activeAuthentication: 'passed' },
    });
    expect(resultOf(back.reading).photo).not.toBeNull();
  }
});

test('a card that keeps being lost is given up', async () => {
  const card = put(await sampleCard());
  const { reading, progress } = await readOnReader([replacedFrom(20, card, gone), gone]);
  expect(reading).toMatchObject({ ended: 'lost', code: 'device' });
  expect(lost(progress)).toHaveLength(3);
});

test('a reader that cannot connect again has no card', async () => {
  const card = replacedFrom(20, put(await sampleCard()), gone);
  const reconnect = () => Promise.reject(new DeviceFault('the reader is gone'));
  expect((await readOnReader([card], { reconnect })).reading.ended).toBe('gone');
});

test('another card after a loss starts over: nothing of the first is left', async () => {
  const other = { ...SAMPLE_PERSON, name: 'Trần Thị Đào', oldNumber: null };
  const second = put(await sampleCard({ person: other }, 'other'));
  const first = replacedFrom(22, put(await sampleCard()), gone);
  const { reading, progress } = await readOnReader([first, second]);
  expect(kinds(progress)).toContain('started-over');
  expect(reading).toMatchObject({ ended: 'complete', chipAuthentication: 'passed' });
  expect(resultOf(reading).fields?.name).toBe(other.name);
});

test('a copy that takes the place of the genuine card after a loss is found out', async () => {
  const spec = await sampleCard();
  const whole = (await readOnReader([put(spec)])).reading.apdus;
  const { chipKeys, activeKey } = await sampleCard({ flaws: [{ kind: 'cloned' }] }, 'copy');
  const copy = put({ ...spec, chipKeys, activeKey });
  const { reading, progress } = await readOnReader([
    replacedFrom(whole - 2, put(spec), gone),
    copy,
  ]);
  expect(kinds(progress)).not.toContain('started-over');
  expect(reading.chipAuthentication).toBe('failed');
});

test('messaging that fails after chip authentication is a failed proof, not a loss to be mended', async () => {
  const card = put(await sampleCard({ flaws: [{ kind: 'cloned' }], activeKind: null }));
  const { reading, progress } = await readOnReader([card], { groups: [1] });
  expect(reading).toMatchObject({ ended: 'complete', chipAuthentication: 'failed' });
  expect(lost(progress)).toHaveLength(1);
});

test('every fault at every moment ends in time, with nothing proven that was not', async () => {
  const spec = await sampleCard();
  const fault = fc.oneof(
    fc.constantFrom<CardFault['kind']>('wrong-mac', 'truncated', 'endless', 'read-length'),
  );
  await fc.assert(
    fc.asyncProperty(
      fault,
      fc.nat(40),
      fc.integer({ min: -230, max: 40 }),
      async (kind, at, by) => {
        const faults = [
          { kind, afterApdus: at, bytes: Math.abs(by), by, empty: by < 0 } as CardFault,
        ];
        const { reading } = await readOnReader([put({ ...spec, faults })]);
        expect(reading.apdus).toBeLessThan(5_000);
        const { ended, sod, chipAuthentication } = reading;
        if (ended !== 'complete' || 'problem' in sod) return;
        expect(['passed', 'failed', 'unusable']).toContain(chipAuthentication);
      },
    ),
    { numRuns: RUNS, seed: 3 },
  );
});

test('hostile files cost themselves, and the card is read to its end', async () => {
  const shapes: HostileShape[] = [
    'deep',
    'endless-length',
    'indefinite',
    'long-tag',
    'many',
    'empty',
  ];
  for (const shape of shapes) {
    for (const fileId of [0x011d, 0x0101, 0x0102, 0x010d, 0x010e, 0x010f]) {
      const spec = await sampleCard({ flaws: [{ kind: 'hostile-tlv', fileId, shape }] });
      const { reading } = await readOnReader([put(spec)]);
      expect(reading.ended).toBe('complete');
      expect(reading.apdus).toBeLessThan(400);
      expect(resultOf(reading).fields === null).toBe(fileId === 0x011d);
    }
  }
});

test('attempts before a loss count: the wrong number is tried twice at most, whatever the card does', async () => {
  const spec = await sampleCard();
  const attempts = (commands: readonly string[]) =>
    commands.filter((command) => command === '22C1A4' || command === '820000').length;
  // EF.CardAccess 2, PACE 5: then the card goes when BAC asks for its challenge.
  const card = put({ ...spec, faults: [{ kind: 'pull', afterApdus: 8, returns: true }] });
  const secrets = secretsOfNumber('001099000002', '1999-01-02', '2039-01-01');
  const { reading, commands } = await readOnReader([card], { secrets });
  expect(reading).toMatchObject({ ended: 'no-access', code: 'number-does-not-open' });
  expect(reading.access.attempts).toHaveLength(2);
  expect(attempts(commands)).toBe(2);
});
