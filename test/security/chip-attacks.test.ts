// Security C1, C2, C5: whoever makes a card, changes one, swaps two or sits on the wire gets no genuine card that is none.
import { expect, test } from 'vitest';
import { comFile, FILE_ID } from '../../devices/card-reader/emulated/card-files.ts';
import type { CardSpec } from '../../devices/card-reader/emulated/card-spec.ts';
import type { CardChannel } from '../../src/chip/card-channel.ts';
import type { CardProgress } from '../../src/chip/card-reading.ts';
import { lanePart, resultOf } from '../../src/chip/card-result.ts';
import { judgeCard } from '../../src/lane/judge-card.ts';
import {
  EVERYTHING_KNOWN,
  put,
  type ReadOnReader,
  readOnReader,
} from '../support/card-on-reader.ts';
import { pin } from '../support/identity-card-evidence.ts';
import { SAMPLE_ISSUER, SAMPLE_PERSON, sampleCard } from '../support/sample-card.ts';

const SOAK = process.env['CHOT_SOAK'] === '1';
const NOW_MS = Date.UTC(2026, 5, 15);
const TRUST = { store: pin(SAMPLE_ISSUER.authorityCertificate), version: '0'.repeat(64) };
const NOT_FOUND = Uint8Array.of(0x6a, 0x82);

const GENUINE = await sampleCard();
/** Of the same number, so that one opening does for both; everything else is another's. */
const OTHER = await sampleCard(
  { person: { ...SAMPLE_PERSON, name: 'Trần Thị Đào', birth: '1998-02-03', father: null } },
  'other',
);
const COPY = await sampleCard({ flaws: [{ kind: 'cloned' }] }, 'copy');
/** Every file of the genuine card, and keys that are not its own. */
const CLONE: CardSpec = { ...GENUINE, chipKeys: COPY.chipKeys, activeKey: COPY.activeKey };

/** What a lane would call it: the proof, or why there is none. */
function called({ reading }: ReadOnReader): string {
  const judged = judgeCard(reading, TRUST, NOW_MS);
  return judged.kind === 'read' ? judged.chip.proof : judged.problem;
}

async function calledOf(...cards: readonly CardChannel[]): Promise<string> {
  return called(await readOnReader(cards));
}

function withFiles(spec: CardSpec, changes: ReadonlyMap<number, Uint8Array | null>): CardSpec {
  const files = new Map(spec.files);
  for (const [fileId, bytes] of changes) {
    if (bytes === null) files.delete(fileId);
    else files.set(fileId, bytes);
  }
  return { ...spec, files };
}

/** The wire, with somebody on it: `answer` gets what the card says and gives what the terminal hears. */
function onWire(
  card: CardChannel,
  answer: (heard: Uint8Array, at: number, command: Uint8Array) => Uint8Array,
): CardChannel {
  let at = 0;
  return { transmit: async (command) => answer(await card.transmit(command), at++, command) };
}

const lanePhotos = (progress: readonly CardProgress[]) =>
  progress
    .flatMap((each) => (each.kind === 'file' ? [lanePart(each.reading)] : []))
    .filter((part) => part?.kind === 'photo');

test('the card that all of these attack is genuine', async () => {
  expect(await calledOf(put(GENUINE))).toBe('genuine');
  expect(await calledOf(put(OTHER))).toBe('genuine');
});

test('a copy whose EF.COM and EF.CardAccess speak of no keys, and which answers 6A82 for them, is cloned', async () => {
  const silent = withFiles(
    CLONE,
    new Map([
      [FILE_ID.com, comFile([1, 2, 13])],
      [0x010e, null],
      [0x010f, null],
    ]),
  );
  expect(await calledOf(put(silent))).toBe('cloned');
  for (const fileId of [0x010e, 0x010f]) {
    expect(await calledOf(put(withFiles(CLONE, new Map([[fileId, null]]))))).toBe('cloned');
  }
  // Without PACE, and opened by what is printed on the card.
  const bare: CardSpec = { ...silent, pace: [], masterFiles: new Map() };
  const read = await readOnReader([put(bare)], { secrets: EVERYTHING_KNOWN });
  expect(called(read)).toBe('cloned');
});

test('a copy that takes every step of chip authentication and fails at the next answer is cloned', async () => {
  const read = await readOnReader([put({ ...CLONE, activeKey: GENUINE.activeKey })]);
  expect(read.reading).toMatchObject({ chipAuthentication: 'failed' });
  expect(called(read)).toBe('cloned');
});

test('a copy laid down after the genuine card is not proven by what that one proved', async () => {
  const { reading } = await readOnReader([put(GENUINE)]);
  for (let taken = 0; taken <= reading.apdus; taken += SOAK ? 1 : 3) {
    const pulled = put({
      ...GENUINE,
      faults: [{ kind: 'pull', afterApdus: taken, returns: false }],
    });
    const said = await calledOf(pulled, put(CLONE));
    expect(said, `taken after ${taken} of ${reading.apdus}`).toBe(
      taken >= reading.apdus ? 'genuine' : 'cloned',
    );
  }
});

test('another genuine card laid down after a loss is judged for itself, with nothing of the first', async () => {
  for (const taken of [8, 12, 16, 20]) {
    const pulled = put({
      ...GENUINE,
      faults: [{ kind: 'pull', afterApdus: taken, returns: false }],
    });
    const read = await readOnReader([pulled, put(OTHER)]);
    expect(called(read)).toBe('genuine');
    const { fields, photo } = resultOf(read.reading);
    const own = resultOf((await readOnReader([put(OTHER)])).reading);
    expect([fields, photo]).toEqual([own.fields, own.photo]);
  }
});

test('a photograph, person or zone of somebody else is altered data, and that photograph is shown to nobody', async () => {
  for (const fileId of [0x0101, 0x0102, 0x010d]) {
    const other = fileId === 0x0102 ? changed(GENUINE.files.get(fileId)) : OTHER.files.get(fileId);
    const mixed = withFiles(GENUINE, new Map([[fileId, other ?? null]]));
    const read = await readOnReader([put(mixed)]);
    expect(called(read), fileId.toString(16)).toBe('altered');
    expect(lanePhotos(read.progress)).toHaveLength(fileId === 0x0102 ? 0 : 1);
  }
});

test('of two genuine cards no mixture of files and keys is genuine', async () => {
  const FILES = [FILE_ID.sod, 0x0101, 0x010d, 0x010e, 0x010f];
  const all = 2 ** (FILES.length + 1);
  // The first and the last are the cards themselves.
  for (let mix = 1; mix < all - 1; mix += SOAK ? 1 : 3) {
    const from = (bit: number) => ((mix >> bit) & 1 ? OTHER : GENUINE);
    const files = new Map(FILES.map((id, bit) => [id, from(bit).files.get(id) ?? null] as const));
    const { chipKeys, activeKey } = from(FILES.length);
    const mixed = { ...withFiles(GENUINE, files), chipKeys, activeKey };
    expect(['altered', 'cloned'], mix.toString(2)).toContain(await calledOf(put(mixed)));
  }
});

test('an answer given again, or late by one command, ends the session: nothing of it is taken', async () => {
  const whole = await readOnReader([put(GENUINE)]);
  const { apdus } = whole.reading;
  for (let moment = 2; moment < apdus; moment += SOAK ? 1 : 4) {
    for (const behind of [1, 2]) {
      const heard: Uint8Array[] = [];
      // From then on, every answer is one that was given before.
      const stale = onWire(put(GENUINE), (answer, at) => {
        heard.push(answer);
        return at < moment ? answer : (heard[at - behind] ?? answer);
      });
      const read = await readOnReader([stale], { reconnect: async () => null });
      const { ended, groups } = read.reading;
      expect(ended, `${moment}, ${behind} behind`).not.toBe('complete');
      expect(called(read)).not.toBe('altered');
      for (const { outcome, hash, group } of groups.values()) {
        if (outcome.kind !== 'read') continue;
        expect(hash).toBe('passed');
        expect(outcome).toEqual(whole.reading.groups.get(group ?? 0)?.outcome);
      }
    }
  }
});

test('a replayed answer once, and an honest wire then: the card is read whole in a new session', async () => {
  let last: Uint8Array = NOT_FOUND;
  const once = onWire(put(GENUINE), (answer, at) => {
    const given = at === 15 ? last : answer;
    last = answer;
    return given;
  });
  const read = await readOnReader([once, put(GENUINE)]);
  expect(called(read)).toBe('genuine');
});

test('answers of a second card that hears every command count for nothing, one or all of them', async () => {
  const { apdus } = (await readOnReader([put(GENUINE)])).reading;
  for (let moment = 2; moment < apdus; moment += SOAK ? 1 : 5) {
    for (const isSwapped of [(at: number) => at === moment, (at: number) => at >= moment]) {
      const [one, other] = [put(GENUINE), put(GENUINE, 'another of it')];
      let at = 0;
      const swapped: CardChannel = {
        transmit: async (command) => {
          const answers = [await one.transmit(command), await other.transmit(command)] as const;
          return answers[isSwapped(at++) ? 1 : 0];
        },
      };
      const read = await readOnReader([swapped], { reconnect: async () => null });
      const said = called(read);
      // Answers in the clear are the same of both: what EF.CardAccess says, that a command was understood.
      if (said === 'genuine') expect(read.reading.chipAuthentication).toBe('passed');
      else expect(read.reading.groups.get(2)?.hash ?? null).not.toBe('failed');
      expect(said).not.toBe('altered');
    }
  }
});

test('an answer of another file, rightly protected, is not taken for the one that was asked', async () => {
  // The card itself gives them so: whatever was asked by its short identifier, EF.DG1 or EF.SOD comes.
  for (const [asked, given] of [
    [0x0101, 0x010d],
    [0x010d, 0x0101],
    [FILE_ID.sod, 0x0101],
    [0x010e, 0x010f],
    [0x0102, FILE_ID.sod],
  ] as const) {
    const swapped = withFiles(GENUINE, new Map([[asked, GENUINE.files.get(given) ?? null]]));
    const said = await calledOf(put(swapped));
    expect(['altered', 'cloned', 'unverifiable'], asked.toString(16)).toContain(said);
  }
});

test('PACE that somebody on the wire hides leaves BAC, and the card’s signed word tells on it', async () => {
  const hidden = onWire(put(GENUINE), (answer, at) => (at === 0 ? NOT_FOUND : answer));
  const read = await readOnReader([hidden], { secrets: EVERYTHING_KNOWN });
  expect(read.reading.access).toMatchObject({ method: 'bac', weaker: false });
  const judged = judgeCard(read.reading, TRUST, NOW_MS);
  expect(judged.kind === 'read' && judged.cardChecks).toContainEqual({
    code: 'card.access-agrees',
    outcome: 'failed',
  });
});

test('BAC after a PACE that failed is told as weaker to whoever records it', async () => {
  const card = put({ ...GENUINE, can: '999999' });
  const { reading } = await readOnReader([card], { secrets: EVERYTHING_KNOWN });
  const judged = judgeCard(reading, TRUST, NOW_MS);
  expect(judged.kind === 'read' && judged.chip.checks).toContainEqual({
    code: 'card.access-strong',
    outcome: 'failed',
  });
});

function changed(file: Uint8Array | undefined): Uint8Array | null {
  if (file === undefined) return null;
  const copy = Uint8Array.from(file);
  const middle = copy.length >> 1;
  copy[middle] = (copy[middle] ?? 0) ^ 1;
  return copy;
}
