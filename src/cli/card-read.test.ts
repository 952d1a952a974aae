import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { CardFault } from '../../devices/card-reader/emulated/card-fault.ts';
import { EmulatedReader } from '../../devices/card-reader/emulated/emulated-reader.ts';
import { put } from '../../test/support/card-on-reader.ts';
import {
  SAMPLE_ISSUER,
  SAMPLE_PERSON,
  sampleCard,
  samplePortrait,
} from '../../test/support/sample-card.ts';
import { VirtualClock } from '../../test/support/virtual-clock.ts';
import { cardCommand } from './card.ts';
import type { CardDevices } from './card-devices.ts';
import type { CliIo } from './cli-io.ts';
import { trustCommand } from './trust.ts';

const { number, name } = SAMPLE_PERSON;
const CAN = number.slice(-6);
const NUL = new AbortController();

let folder: string;
let clock: VirtualClock;
let reader: EmulatedReader;
let closed: number;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'chot-card-read-'));
  clock = new VirtualClock(Date.UTC(2026, 5, 15));
  reader = new EmulatedReader('reader', clock);
  closed = 0;
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const devices = (): CardDevices => ({
  clock,
  open: () => ({
    reader,
    slots: async () => [
      { name: 'Reader A 00', atr: Uint8Array.of(0x3b, 0x80) },
      { name: 'Reader B 00', atr: null },
    ],
    close: async () => void closed++,
  }),
});

type Ran = {
  readonly out: string[];
  readonly told: string[];
  readonly exit: number;
  readonly error: unknown;
};

async function run(input: string, args: readonly string[], make = reads): Promise<Ran> {
  const out: string[] = [];
  const told: string[] = [];
  let exit = 0;
  const io: CliIo = {
    stdin: Readable.from([input]),
    out: (line) => out.push(line),
    tell: (line) => told.push(line),
    env: { CHOT_DATA: join(folder, 'data') },
    signal: NUL.signal,
    exit: (code) => {
      exit = code;
    },
  };
  let error: unknown = null;
  await make(io)
    .exitOverride()
    .configureOutput({ writeErr: (text) => told.push(text) })
    .parseAsync(args, { from: 'user' })
    .catch((thrown: unknown) => {
      error = thrown;
    });
  return { out, told, exit, error };
}

function reads(io: CliIo) {
  return cardCommand(io, devices());
}

const read = (input: string, ...args: string[]) => run(input, ['read', ...args]);
const last = ({ out }: Ran) => JSON.parse(out.at(-1) ?? '{}') as Record<string, unknown>;

async function trustIssuer() {
  const file = join(folder, 'csca.der');
  writeFileSync(file, SAMPLE_ISSUER.authorityCertificate);
  await run('', ['import', file, '--for', 'cccd'], trustCommand);
}

test('a card of a trusted issuer is opened by its access number, shown whole and proven', async () => {
  await trustIssuer();
  reader.insert(put(await sampleCard()));
  const ran = await read(`${CAN}\n`, '--can', '-', '--json');
  expect(ran).toMatchObject({ exit: 0, error: null });
  expect(last(ran)).toMatchObject({
    ...{ authenticity: 'genuine', signature: 'valid', chain: 'valid', hashes: 'valid' },
    ...{ purpose: 'cccd', ended: 'complete', code: null },
    access: { method: 'pace-can', weaker: false, problem: null },
  });
  const files = ran.out.slice(0, -1).map((line) => JSON.parse(line));
  expect(files.map(({ file }) => file)).toEqual([
    ...['EF.SOD', 'EF.DG1', 'EF.DG13', 'EF.DG14', 'EF.DG15', 'EF.DG2'],
  ]);
  expect(files[2]).toMatchObject({
    hash: 'passed',
    fields: { number, name, ethnicity: 'Kinh', father: 'Nguyễn Văn Bình', oldNumber: '012345678' },
  });
  expect(closed).toBe(1);
});

test('a person reads it at 80 columns, and the last line is the state', async () => {
  await trustIssuer();
  reader.insert(put(await sampleCard()));
  const { out, told, exit } = await read(`${number}\n`, '--number', '-');
  expect(exit).toBe(0);
  expect(out.filter((line) => line.length > 80)).toEqual([]);
  expect(out[0]).toBe('opened         by PACE, with the card access number');
  expect(out).toContain(`  name         ${name}`);
  expect(out.at(-1)).toBe('genuine: data and chip are genuine');
  expect(told).toEqual(['chot card read: lay the card on the reader']);
});

test('the photograph is written where it was asked for, for its owner alone, and nowhere else', async () => {
  const portrait = await samplePortrait();
  reader.insert(put(await sampleCard({ portrait })));
  const file = join(folder, 'face.jpg');
  const ran = await read(CAN, '--can', '-', '--photo', file);
  expect(ran.exit).toBe(3);
  expect(Buffer.from(readFileSync(file))).toEqual(Buffer.from(portrait.bytes));
  expect(statSync(file).mode & 0o777).toBe(0o600);
  const again = await read(CAN, '--can', '-', '--photo', file);
  expect(String(again.error)).toMatch(/face\.jpg cannot be made \(EEXIST\): name a new file/);
});

test('an altered photograph is neither written nor shown, and the card is altered', async () => {
  await trustIssuer();
  reader.insert(put(await sampleCard({ flaws: [{ kind: 'altered', fileId: 0x0102 }] })));
  const file = join(folder, 'face.jpg');
  const ran = await read(CAN, '--can', '-', '--photo', file, '--json');
  expect(last(ran)['authenticity']).toBe('altered');
  expect(ran.exit).toBe(3);
  expect(existsSync(file)).toBe(false);
  expect(ran.out.join()).not.toContain('pixels');
});

test('without the photograph its file is not asked for', async () => {
  reader.insert(put(await sampleCard()));
  const { out } = await read(CAN, '--can', '-', '--no-photo', '--json');
  expect(out.some((line) => line.includes('EF.DG2'))).toBe(false);
});

for (const [what, flaw, state] of [
  ['a copied chip', 'cloned', 'cloned'],
  ['an issuer nobody trusts', 'unknown-issuer', 'issuer-unknown'],
] as const) {
  test(`${what} is ${state}, and exits 3`, async () => {
    await trustIssuer();
    reader.insert(put(await sampleCard({ flaws: [{ kind: flaw }] })));
    const ran = await read(CAN, '--can', '-', '--json');
    expect(last(ran)).toMatchObject({ authenticity: state, ended: 'complete' });
    expect(ran.exit).toBe(3);
  });
}

test('a number that does not open the card is told so, exits 1, and is not repeated', async () => {
  reader.insert(put({ ...(await sampleCard()), can: '999999' }));
  const ran = await read(number, '--number', '-', '--json');
  expect(last(ran)).toMatchObject({
    ...{ authenticity: 'unverifiable', ended: 'no-access' },
    access: { problem: 'number-does-not-open', attempts: [{ outcome: 'wrong-secret' }] },
  });
  expect(last(ran)['checks']).toContainEqual({
    ...{ code: 'access.number-does-not-open', outcome: 'failed' },
  });
  expect(ran.exit).toBe(1);
  expect(ran.told.at(-1)).toMatch(/the number does not open this card/);
  expect([...ran.out, ...ran.told].join()).not.toContain(number);
});

test('number, birth and expiry open a card without PACE, in the order they were asked for', async () => {
  reader.insert(put(await sampleCard({ pace: null })));
  const ran = await read(
    `${SAMPLE_PERSON.expires}\r\n${number}\r\n${SAMPLE_PERSON.birth}\r\n`,
    ...['--expiry', '-', '--number', '-', '--birth', '-', '--json'],
  );
  expect(last(ran)).toMatchObject({ access: { method: 'bac', weaker: false } });
  const alone = await read(number, '--number', '-');
  expect(alone.told.at(-1)).toMatch(/needs birth and expiry too/);
  expect(alone.exit).toBe(1);
});

test('the machine-readable zone opens a card', async () => {
  reader.insert(put(await sampleCard({ pace: null })));
  const zone =
    'IDVNM0990000017001099000001<<8\n9901018M3901016VNM<<<<<<<<<<<4\nNGUYEN<<VAN<AN<<<<<<<<<<<<<<<<\n';
  const ran = await read(zone, '--mrz', '-', '--json');
  expect(last(ran)).toMatchObject({ access: { method: 'bac' }, ended: 'complete' });
});

for (const [what, args, input, message] of [
  ['a value in the command line', ['--can', '123456'], '', /--can takes only '-'/],
  ['nothing to open it with', [], '', /one of --can -, --number - and --mrz -/],
  ['two things to open it with', ['--can', '-', '--mrz', '-'], '', /one of --can -/],
  ['birth without expiry', ['--number', '-', '--birth', '-'], '', /go together/],
] as const) {
  test(`${what} is wrong usage, and no value is repeated`, async () => {
    const ran = await read(input, ...args);
    expect(ran.error).toMatchObject({ exitCode: 2 });
    expect(ran.told.join()).toMatch(message);
    expect(ran.told.join()).not.toContain('123456');
    expect(closed).toBe(0);
  });
}

for (const [what, args, input] of [
  ['a short number', ['--number', '-'], '00109900000'],
  ['a line too few', ['--number', '-', '--birth', '-', '--expiry', '-'], `${number}\n1999-01-01`],
  [
    'a day that is none',
    ['--number', '-', '--birth', '-', '--expiry', '-'],
    `${number}\n1999-13-01\n2039-01-01`,
  ],
  ['a zone that is none', ['--mrz', '-'], 'IDVNM'],
  ['letters for an access number', ['--can', '-'], 'abcdef'],
] as const) {
  test(`${what} is input not understood, and is not repeated`, async () => {
    const { error } = await read(input, ...args);
    expect(error).toMatchObject({ name: 'InputError' });
    for (const value of input.split('\n')) expect(String(error)).not.toContain(value);
  });
}

test('without a card it gives up after the time allowed, and says what was wrong with the reader', async () => {
  const waiting = read(CAN, '--can', '-', '--wait', '5');
  await clock.advance(4_000);
  reader.unplug();
  await clock.advance(2_000);
  const { error, told } = await waiting;
  expect(String(error)).toMatch(/reader\.not-found.*waited 5 s/);
  expect(told.at(-1)).toMatch(/reader\.not-found/);
  expect(closed).toBe(1);
});

test('a card that is laid down while it waits is read', async () => {
  const waiting = read(CAN, '--can', '-', '--json');
  await clock.advance(10_000);
  reader.insert(put(await sampleCard()));
  expect(last(await waiting)).toMatchObject({ ended: 'complete' });
});

/** Reads while time passes: what waits for a card to come back waits no longer. */
async function readInTime(...args: string[]): Promise<Ran> {
  let ended = false;
  const reading = read(`${CAN}\n`, '--can', '-', ...args).finally(() => {
    ended = true;
  });
  while (!ended) await clock.advance(1_000);
  return reading;
}

test('a card taken away in mid-read ends in a line that says so', async () => {
  const faults: CardFault[] = [{ kind: 'pull', afterApdus: 18, returns: false }];
  reader.insert(put(await sampleCard({ faults })));
  const ran = await readInTime('--json');
  expect(last(ran)).toMatchObject({ ended: 'gone', authenticity: 'issuer-unknown' });
  expect(ran.exit).toBe(3);
  expect(ran.told.at(-1)).toMatch(/taken away before all of it was read/);
});

test('a card that is laid back is read on from where it was', async () => {
  await trustIssuer();
  const spec = await sampleCard();
  const whole = await readInTime('--json', '--wait', '1').then(() => {
    reader.insert(put(spec));
    return readInTime('--json');
  });
  reader.remove();
  const pulled = put({ ...spec, faults: [{ kind: 'pull', afterApdus: 20, returns: true }] });
  reader.insert(pulled);
  const reading = read(CAN, '--can', '-', '--json');
  while (pulled.apdus <= 20) await clock.advance(0);
  reader.insert(pulled);
  const ran = await reading;
  expect(last(ran)).toMatchObject({ ended: 'complete', authenticity: 'genuine' });
  expect(ran.exit).toBe(0);
  // Opening it again takes 8 commands, EF.SOD is read again, and hardly more.
  expect(Number(last(ran)['apdus'])).toBeLessThan(Number(last(whole)['apdus']) + 20);
});

test('a card that breaks the protocol is lost, and exits 1', async () => {
  reader.insert(put(await sampleCard({ faults: [{ kind: 'wrong-mac', afterApdus: 8 }] })));
  const ran = await readInTime('--json');
  expect(last(ran)).toMatchObject({ ended: 'lost', authenticity: 'unverifiable' });
  expect(ran.exit).toBe(1);
});

test('the trace goes to standard error or a new file, and holds nothing of the person', async () => {
  reader.insert(put(await sampleCard()));
  const { told } = await read(CAN, '--can', '-', '--json', '--trace', '-');
  expect(told.filter((line) => line.startsWith('-> ')).length).toBeGreaterThan(15);
  const file = join(folder, 'trace.txt');
  await read(CAN, '--can', '-', '--json', '--trace', file);
  const text = readFileSync(file, 'utf8');
  expect(text.split('\n').length).toBeGreaterThan(15);
  for (const each of [text, told.join('\n')]) {
    for (const value of [number, name, Buffer.from(number).toString('hex')]) {
      expect(each.toLowerCase()).not.toContain(value.toLowerCase());
    }
  }
});

test('list names the readers and what lies on them', async () => {
  expect((await run('', ['list'])).out).toEqual([
    'Reader A 00\n  card, ATR 3b80',
    'Reader B 00\n  no card',
  ]);
  expect((await run('', ['list', '--json'])).out.map((line) => JSON.parse(line))).toEqual([
    { reader: 'Reader A 00', card: true, atr: '3b80' },
    { reader: 'Reader B 00', card: false, atr: null },
  ]);
  expect(closed).toBe(2);
});
