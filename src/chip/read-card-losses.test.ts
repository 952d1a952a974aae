import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { CardFault } from '../../devices/card-reader/emulated/card-fault.ts';
import type { HostileShape } from '../../devices/card-reader/emulated/card-flaw.ts';
import type { CardSpec } from '../../devices/card-reader/emulated/card-spec.ts';
import { EVERYTHING_KNOWN, put, readOnReader } from '../../test/support/card-on-reader.ts';
import { SAMPLE_PERSON, sampleCard } from '../../test/support/sample-card.ts';
import { DeviceFault } from '../kernel/errors.ts';
import { countFailed, secretsOfNumber } from './access.ts';
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

/** Laid back again and again, it leaves whenever a command with that head comes. */
function leavingAt(head: string, spec: CardSpec) {
  const tests: Uint8Array[] = [];
  const cards = Array.from({ length: 5 }, (): CardChannel => {
    const card = put(spec);
    return {
      transmit: async (command) => {
        const answer = await card.transmit(command);
        if (Buffer.from(command.subarray(0, 4)).toString('hex') !== head) return answer;
        tests.push(command);
        throw new DeviceFault('there is no card on the reader');
      },
    };
  });
  return { cards, tests };
}

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

test('a card that always leaves when a secret reaches it has had two of them, and gets no third', async () => {
  const wrong = secretsOfNumber('001099000002', '1999-01-02', '2039-01-01');
  const pace = await sampleCard();
  const bac = await sampleCard({ pace: null });
  for (const [spec, head, method] of [
    [pace, '00860000', 'pace-can'],
    [bac, '00820000', 'bac'],
  ] as const) {
    for (const secrets of [wrong, EVERYTHING_KNOWN]) {
      const { cards, tests } = leavingAt(head, spec);
      const { reading } = await readOnReader(cards, { secrets });
      expect(tests).toHaveLength(2);
      const failed = { method, outcome: 'failed', code: 'device', sw: null };
      expect(reading.access.attempts).toEqual([failed, failed]);
      expect(reading).toMatchObject({ ended: 'no-access', code: 'spent' });
    }
  }
});

test('a loss costs an attempt only when a secret was on its way', async () => {
  const pace = await sampleCard();
  const bac = await sampleCard({ pace: null });
  // EF.CardAccess 2, PACE 4 and the token; EF.CardAccess 1, application, challenge and the answer to it.
  for (const [spec, testAt] of [
    [pace, 6],
    [bac, 3],
  ] as const) {
    for (let moment = 0; moment < testAt + 4; moment++) {
      const faults = [{ kind: 'pull', afterApdus: moment, returns: true }] as const;
      const card = put({ ...spec, faults });
      const { reading } = await readOnReader([card], { secrets: EVERYTHING_KNOWN });
      expect(reading.ended).toBe('complete');
      expect(countFailed(reading.access.attempts)).toBe(moment === testAt ? 1 : 0);
    }
  }
});

test('a caller that gives up while a secret is on its way has spent it', async () => {
  let msLeft = 10_000;
  const card = put(await sampleCard({ pace: null }));
  // As a contact card does: the answer has to be fetched, and by then the time is over.
  const slow: CardChannel = {
    transmit: async (command) => {
      const answer = await card.transmit(command);
      if (command[1] !== 0x82) return answer;
      msLeft = 0;
      return Uint8Array.of(0x61, answer.length - 2);
    },
  };
  const options = { secrets: EVERYTHING_KNOWN, msLeft: () => msLeft };
  const { reading } = await readOnReader([slow], options);
  expect(reading.ended).toBe('deadline');
  expect(reading.access.attempts).toMatchObject([{ outcome: 'failed', code: 'broken-off' }]);
});
