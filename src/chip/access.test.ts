import { expect, test } from 'vitest';
import type { CardSpec } from '../../devices/card-reader/emulated/card-spec.ts';
import {
  EVERYTHING_KNOWN,
  put,
  readOnReader,
  WHOLE_NUMBER,
} from '../../test/support/card-on-reader.ts';
import { SAMPLE_PERSON, sampleCard, seededRandom } from '../../test/support/sample-card.ts';
import { type AccessOptions, openCard, secretsOfNumber } from './access.ts';
import type { CardChannel } from './card-channel.ts';
import { resultOf } from './card-result.ts';
import { writeTlv } from './tlv.ts';

const OTHER_NUMBER = '001099000002';

async function open(card: CardChannel, options: Partial<AccessOptions> = {}) {
  const commands: string[] = [];
  const channel: CardChannel = {
    transmit(command) {
      commands.push(Buffer.from(command).toString('hex').toUpperCase());
      return card.transmit(command);
    },
  };
  const access = await openCard(channel, {
    ...{
      secrets: WHOLE_NUMBER,
      failedBefore: 0,
      about: false,
      known: null,
      onAttempt: () => undefined,
      random: seededRandom('terminal'),
    },
    ...options,
  });
  return { access, commands };
}

const withCardAccess = (spec: CardSpec, bytes: Uint8Array): CardSpec => ({
  ...spec,
  masterFiles: new Map([[0x011c, bytes]]),
});

test('EF.CardAccess is read first, with the command the cards know', async () => {
  const { commands, access } = await open(put(await sampleCard()));
  expect(commands[0]).toBe('00A4020C02011C');
  expect(commands[1]).toBe('00B00000DF');
  expect(access).toMatchObject({ kind: 'open', method: 'pace-can', weaker: false });
});

test('the secrets of a number are its last digits, and those of BAC only with both dates', () => {
  expect(secretsOfNumber('001099000001', null, null)).toEqual({
    ...{ can: '000001', fields: null, reckoned: false },
  });
  expect(secretsOfNumber('001099000001', '1999-01-01', '2039-01-01').fields).toEqual({
    ...{ documentNumber: '099000001', birth: '990101', expiry: '390101' },
  });
  expect(secretsOfNumber('001099000001', '1999', '2039-01-01').fields).toBeNull();
});

test('a number that does not open the card is told after one attempt', async () => {
  const secrets = secretsOfNumber(OTHER_NUMBER, null, null);
  const { access } = await open(put(await sampleCard()), { secrets });
  expect(access.kind).toBe('number-does-not-open');
  expect(access.attempts).toEqual([
    { method: 'pace-can', outcome: 'wrong-secret', code: 'pace.token', sw: 0x6300 },
  ]);
});

test('with everything known and all of it wrong there are two attempts, never a third', async () => {
  const secrets = secretsOfNumber(OTHER_NUMBER, '1999-01-02', '2039-01-01');
  const card = put(await sampleCard());
  const { access, commands } = await open(card, { secrets });
  expect(access.kind).toBe('number-does-not-open');
  expect(access.attempts.map(({ method, outcome }) => [method, outcome])).toEqual([
    ['pace-can', 'wrong-secret'],
    ['bac', 'wrong-secret'],
  ]);
  expect(commands.filter((command) => command.startsWith('0082'))).toHaveLength(1);
});

test('attempts that failed before count: of the second only one is left, then none', async () => {
  const secrets = secretsOfNumber(OTHER_NUMBER, '1999-01-02', '2039-01-01');
  const spec = await sampleCard();
  const one = await open(put(spec), { secrets, failedBefore: 1 });
  expect(one.access.attempts).toHaveLength(1);
  const none = await open(put(spec), { secrets, failedBefore: 2 });
  expect(none.access).toMatchObject({ kind: 'spent', attempts: [] });
  expect(none.commands.every((command) => /^00(A4|B0)/.test(command))).toBe(true);
});

test('BAC after a PACE that failed opens, and is told as weaker', async () => {
  const spec = { ...(await sampleCard()), can: '999999' };
  const { access } = await open(put(spec), { secrets: EVERYTHING_KNOWN });
  expect(access).toMatchObject({ kind: 'open', method: 'bac', weaker: true });
  expect(access.attempts).toHaveLength(2);
});

test('fields that were reckoned open a card without PACE, and one whose PACE breaks', async () => {
  const secrets = { ...EVERYTHING_KNOWN, reckoned: true };
  const none = await open(put(await sampleCard({ pace: null })), { secrets });
  expect(none.access).toMatchObject({ kind: 'open', method: 'bac', weaker: false });
  const card = put(await sampleCard());
  const broken: CardChannel = {
    // MSE:Set AT: the card knows no such protocol after all.
    transmit: async (command) =>
      command[1] === 0x22 ? Uint8Array.of(0x6a, 0x80) : card.transmit(command),
  };
  const { access } = await open(broken, { secrets });
  expect(access).toMatchObject({ kind: 'open', method: 'bac', weaker: true });
  expect(access.attempts).toMatchObject([
    { method: 'pace-can', outcome: 'failed', code: 'pace.select' },
    { method: 'bac', outcome: 'open' },
  ]);
});

test('a wrong number costs one attempt where the fields were reckoned: BAC is not tried with them', async () => {
  const wrong = secretsOfNumber(OTHER_NUMBER, '1999-01-01', '2039-01-01');
  const secrets = { ...wrong, reckoned: true };
  const { access, commands } = await open(put(await sampleCard()), { secrets });
  expect(access).toMatchObject({
    kind: 'number-does-not-open',
    attempts: [{ method: 'pace-can', outcome: 'wrong-secret' }],
  });
  expect(commands.some((command) => command.startsWith('0082'))).toBe(false);
});

test('a card without EF.CardAccess opens with BAC, which is then no weaker than it can be', async () => {
  const { access } = await open(put(await sampleCard({ pace: null })), {
    secrets: EVERYTHING_KNOWN,
  });
  expect(access).toMatchObject({ kind: 'open', method: 'bac', weaker: false });
  expect(access.cardAccess).toEqual({ kind: 'absent', sw: 0x6a82 });
});

test('a card that opens with BAC only needs more than the number', async () => {
  const { access } = await open(put(await sampleCard({ pace: null })));
  expect(access).toMatchObject({ kind: 'more-needed', attempts: [] });
});

test('the machine-readable zone opens with PACE where no CAN is known', async () => {
  const secrets = { ...EVERYTHING_KNOWN, can: null };
  const { access } = await open(put(await sampleCard()), { secrets });
  expect(access).toMatchObject({ kind: 'open', method: 'pace-mrz', weaker: false });
});

test('what opened a card before is all that is tried again', async () => {
  const spec = { ...(await sampleCard()), can: '999999' };
  const { access } = await open(put(spec), {
    secrets: EVERYTHING_KNOWN,
    known: 'bac',
    failedBefore: 1,
  });
  expect(access).toMatchObject({ kind: 'open', method: 'bac', weaker: true });
  expect(access.attempts).toHaveLength(1);
});

test('an EF.CardAccess that is none, or endless, is told and leaves BAC', async () => {
  const spec = await sampleCard();
  for (const [bytes, code] of [
    [Buffer.alloc(64, 0xff), 'tlv.tag'],
    [Buffer.concat([Buffer.from('31847FFFFFFF', 'hex'), Buffer.alloc(250)]), 'access.too-large'],
    [Buffer.concat([Buffer.from('318203E8', 'hex'), Buffer.alloc(250)]), 'tlv.truncated'],
  ] as const) {
    const { access } = await open(put(withCardAccess(spec, bytes)), { secrets: EVERYTHING_KNOWN });
    expect(access).toMatchObject({
      kind: 'open',
      method: 'bac',
      cardAccess: { kind: 'broken', code },
    });
  }
});

test('an EF.CardAccess of several reads is read whole', async () => {
  const spec = await sampleCard();
  const unknown = writeTlv(0x30, writeTlv(0x06, Buffer.from('2a03', 'hex')), Buffer.alloc(0));
  const own = spec.masterFiles.get(0x011c) ?? new Uint8Array(0);
  const long = writeTlv(0x31, own.subarray(2), ...Array.from({ length: 60 }, () => unknown));
  const { access } = await open(put(withCardAccess(spec, long)));
  expect(access.kind).toBe('open');
  expect(access.cardAccess.kind === 'read' && access.cardAccess.bytes.length).toBe(long.length);
});

test('what is no travel document is told so', async () => {
  const spec = await sampleCard({ pace: null });
  const card = put(spec);
  const other: CardChannel = {
    transmit: async (command) =>
      command[1] === 0xa4 && command[2] === 4 ? Uint8Array.of(0x6a, 0x82) : card.transmit(command),
  };
  const { access } = await open(other, { secrets: EVERYTHING_KNOWN });
  expect(access).toMatchObject({ kind: 'no-application', attempts: [] });
});

test('an EF.CardAccess that offers what verified EF.DG14 does not, fails the comparison', async () => {
  const spec = await sampleCard();
  const own = spec.masterFiles.get(0x011c) ?? new Uint8Array(0);
  const added = Buffer.from('300f060a04007f00070202030202020107', 'hex');
  const card = put(withCardAccess(spec, writeTlv(0x31, own.subarray(2), added)));
  const { reading } = await readOnReader([card]);
  const { checks } = resultOf(reading);
  expect(checks).toContainEqual({ code: 'card.access-agrees', outcome: 'failed' });
});

test('no secret is in what is told of an access', async () => {
  const spec = { ...(await sampleCard()), can: '999999' };
  const { reading } = await readOnReader([put(spec)], { secrets: EVERYTHING_KNOWN });
  const told = JSON.stringify(reading.access);
  for (const secret of [SAMPLE_PERSON.number.slice(-6), '990101', '390101']) {
    expect(told).not.toContain(secret);
  }
});
