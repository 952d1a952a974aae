// Security E6 and C5 for chip cards: a planted bearer, read well and badly, and where nothing of the card may be afterwards.
import { randomInt } from 'node:crypto';
import { readdirSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { CardFault } from '../../devices/card-reader/emulated/card-fault.ts';
import type { CardFlaw } from '../../devices/card-reader/emulated/card-flaw.ts';
import { type CardPerson, mrzLines } from '../../devices/card-reader/emulated/card-person.ts';
import type { CardOptions } from '../../devices/card-reader/emulated/make-card.ts';
import { virtualPcscdObstacle } from '../../devices/card-reader/sim/virtual-pcscd.ts';
import type { CardView } from '../../src/station/http/card-shape.ts';
import { AnswerTap } from '../support/answer-tap.ts';
import { codeOf } from '../support/card-code.ts';
import { CardStation } from '../support/card-station.ts';
import { byteDisguises, disguises, tracesIn, tracesUnder } from '../support/find-traces.ts';
import { OverheardCard, printedKeys } from '../support/overheard-card.ts';
import { processBytes } from '../support/process-traces.ts';
import { sampleCard, samplePortrait, seededRandom } from '../support/sample-card.ts';

const obstacle = virtualPcscdObstacle();
/** Made up anew each time, so that no cache of a test's source holds it. */
const salt = () => String.fromCharCode(...Array.from({ length: 7 }, () => 97 + randomInt(26)));
const digits = (count: number) =>
  Array.from({ length: count }, () => String(randomInt(10))).join('');
const PORTRAIT = await samplePortrait(240, 320);
/** Its head is right, its picture is not. */
const BROKEN = Uint8Array.from(PORTRAIT.bytes).fill(0, 600);
const SEED = 'overheard';
const PIECE_BYTES = 24;
const SOAK = process.env['CHOT_SOAK'] === '1';

const BEARER: CardPerson = {
  ...{ number: `0790870${digits(5)}`, name: `Đặng Thị Quỳnh ${salt()}`, birth: '1987-04-27' },
  ...{ sex: 'female', issued: '2021-07-19', expires: '2047-03-28', oldNumber: `28${digits(7)}` },
  ...{ ethnicity: `Ngái ${salt()}`, religion: `Cao Đài ${salt()}`, origin: `Xã ${salt()}` },
  residence: `Hẻm 58 ${salt()}, Tân Thuận Tây`,
  features: `Sẹo chấm ${salt()}`,
  ...{ father: `Đặng Văn ${salt()}`, mother: `Lê Thị ${salt()}`, spouse: `Hồ Đắc ${salt()}` },
};
/** Others of the same card but for the number, one for each reading: nobody's return is a repeat. */
const bearers = Array.from({ length: 60 }, (_, at) => ({
  ...BEARER,
  number:
    at === 0 ? BEARER.number : `0790870${String(randomInt(1_000) * 60 + at).padStart(5, '0')}`,
}));

const piece = (bytes: Uint8Array) => bytes.subarray(bytes.length >> 1).subarray(0, PIECE_BYTES);
const dmy = (iso: string) => iso.split('-').reverse();
/** What a lane may show to staff, while the person is there. */
const forStaff = [
  ...disguises({
    ...{ number: BEARER.number, name: BEARER.name, birth: BEARER.birth },
    ...{ expires: BEARER.expires ?? '' },
    'birth as printed': dmy(BEARER.birth).join('/'),
    'expiry as printed': dmy(BEARER.expires ?? '').join('/'),
    'expiry in digits': dmy(BEARER.expires ?? '').join(''),
  }),
  ...byteDisguises(
    Object.fromEntries(bearers.map(({ number }, at) => [`number ${at}`, Buffer.from(number)])),
  ),
];
/** What leaves `src/chip` for nobody (security C5). */
const forNobody = [
  ...disguises({
    oldNumber: BEARER.oldNumber ?? '',
    ethnicity: BEARER.ethnicity ?? '',
    religion: BEARER.religion ?? '',
    origin: BEARER.origin ?? '',
    residence: BEARER.residence ?? '',
    features: BEARER.features ?? '',
    father: BEARER.father ?? '',
    mother: BEARER.mother ?? '',
    spouse: BEARER.spouse ?? '',
    ...Object.fromEntries(mrzLines(BEARER).map((line, at) => [`MRZ line ${at + 1}`, line])),
  }).filter(({ name }) => !name.includes('last 6')),
  ...byteDisguises({ 'raw photograph': piece(PORTRAIT.bytes), ...printedKeys(BEARER) }),
];

/** Commands answered before something goes wrong: opening, EF.SOD, EF.DG1, EF.DG13, the proofs, the photograph. */
const PHASES = [1, 3, 5, 8, 11, 14, 17, 20, 24];
const FAULTS: readonly ((afterApdus: number) => CardFault)[] = [
  (afterApdus) => ({ kind: 'pull', afterApdus, returns: true }),
  (afterApdus) => ({ kind: 'wrong-mac', afterApdus }),
  (afterApdus) => ({ kind: 'truncated', afterApdus, bytes: 7 }),
  (afterApdus) => ({ kind: 'endless', afterApdus, empty: false }),
  (afterApdus) => ({ kind: 'read-length', afterApdus, by: -1 }),
];

const READINGS: readonly Partial<CardOptions>[] = [
  // Each phase has one fault, each fault its turn; in a soak all of them.
  ...PHASES.flatMap((afterApdus, phase) =>
    FAULTS.filter((_, at) => SOAK || at === phase % FAULTS.length).map((fault) => ({
      faults: [fault(afterApdus)],
    })),
  ),
  ...(
    [
      { kind: 'cloned' },
      { kind: 'unknown-issuer' },
      { kind: 'altered', fileId: 0x0101 },
      { kind: 'altered', fileId: 0x010d },
      { kind: 'altered', fileId: 0x0102 },
      { kind: 'missing', fileId: 0x010d },
      { kind: 'hostile-tlv', fileId: 0x010d, shape: 'deep' },
      { kind: 'wrong-length', fileId: 0x0102, by: 1 },
      { kind: 'hostile-tlv', fileId: 0x011d, shape: 'many' },
    ] satisfies CardFlaw[]
  ).map((flaw) => ({ flaws: [flaw] })),
  { pace: null },
  { pace: null, bac: false },
];

/** How the readings end, at least. */
const ENDS = [
  ...['genuine', 'lost', 'refused', 'cloned', 'altered', 'issuer-unknown', 'unverifiable'],
  ...['number-does-not-open', 'photo.damaged'],
];

describe.skipIf(obstacle !== null)(
  `nothing of a chip card is left${obstacle === null ? '' : ` (SKIPPED: ${obstacle})`}`,
  () => {
    let rig: CardStation;
    let before: ReadonlySet<string>;
    let staffTap: AnswerTap;
    let passerTap: AnswerTap;
    let keys: ReturnType<typeof byteDisguises>;
    let shown: ReturnType<typeof byteDisguises>;
    let answers = '';
    let processes = Buffer.alloc(0);
    const ended: string[] = [];
    const everything = () => [...forStaff, ...forNobody, ...keys, ...shown];

    beforeAll(async () => {
      before = new Set(readdirSync(tmpdir()));
      rig = await CardStation.open({ listed: [] });
      await rig.trustIssuer();
      const { origin } = rig.station;
      const { cookie } = rig.staff;
      staffTap = await AnswerTap.open(`${origin}/api/v1/events`, { cookie });
      passerTap = await AnswerTap.open(`${origin}/api/v1/lanes/lane-1/outward`, { cookie });
      await readWell();
      for (const [at, options] of READINGS.entries()) await readBadly(at + 1, options);
      await readBrokenPicture(bearers[READINGS.length + 1] ?? BEARER);
      await readWithWrongNumber();
    });
    afterAll(async () => {
      staffTap?.close();
      passerTap?.close();
      await rig?.close();
    });

    async function ask(path: string): Promise<string> {
      const text = await (await rig.staff.get(path)).text();
      answers += text;
      return text;
    }

    async function readWell(): Promise<void> {
      const card = await rig.make(BEARER, { portrait: PORTRAIT }, seededRandom(SEED));
      const overheard = new OverheardCard(card, SEED);
      await present(BEARER);
      await rig.lay(overheard);
      await rig.staff.until('reading', (view) => view.card?.stage === 'reading');
      processes = Buffer.concat([processes, processBytes(rig.station.pid)]);
      const { card: read, current } = await rig.read(BEARER);
      expect(current?.proof).toBe('chip-genuine');
      processes = Buffer.concat([processes, processBytes(rig.station.pid)]);
      keys = byteDisguises(overheard.sessionKeys());
      const photo = await rig.staff.get(`/api/v1/lanes/lane-1/photos/${read?.photo}`);
      const jpeg = new Uint8Array(await photo.arrayBuffer());
      answers += Buffer.from(jpeg).toString('latin1');
      shown = byteDisguises({ 'shown photograph': piece(jpeg) });
      await ask('/api/v1/lanes');
      await rig.clear();
    }

    async function readBadly(at: number, options: Partial<CardOptions>): Promise<void> {
      const whose = bearers[at] ?? BEARER;
      await present(whose);
      const card = await rig.make(whose, { portrait: PORTRAIT, ...options });
      const { card: earlier } = await rig.staff.lane();
      const lying = await rig.lay(card);
      let { card: end } = await rig.staff.until(
        `an end of reading ${at}`,
        ({ card: each }) => each !== null && isOver(each, earlier),
      );
      if (end?.stage === 'gone') {
        await lying.pull();
        await rig.lay(card);
        ({ card: end } = await rig.read(whose));
      }
      ended.push(`${end?.problem ?? end?.authenticity}`);
      await rig.clear();
    }

    function isOver(card: CardView, earlier: CardView | null): boolean {
      if (card.insertion === earlier?.insertion) return false;
      return ['read', 'failed', 'gone'].includes(card.stage);
    }

    /** Signed as it is: the photograph's child breaks on it, not the hash. */
    async function readBrokenPicture(whose: CardPerson): Promise<void> {
      await present(whose);
      await rig.lay(await rig.make(whose, { portrait: { ...PORTRAIT, bytes: BROKEN } }));
      const { card } = await rig.staff.until('it', (view) => view.card?.photoProblem != null);
      ended.push(`${card?.photoProblem}`);
      await rig.clear();
    }

    async function readWithWrongNumber(): Promise<void> {
      await present({ ...BEARER, number: '001200000042', name: 'Ai Đó Khác' });
      await rig.lay(await rig.make(BEARER, { portrait: PORTRAIT }));
      await rig.staff.until('closed', ({ card }) => card?.problem === 'number-does-not-open');
      await ask('/api/v1/lanes/lane-1/photos/000000000000000000000000');
      await ask(`/api/v1/lanes/lane-1/photos/${BEARER.number}`);
      await rig.clear();
    }

    /** With a residence that is not the card's. */
    async function present(whose: CardPerson): Promise<void> {
      await rig.post(codeOf(whose, { residence: 'Nơi khác' }));
      await rig.staff.until('it', ({ current }) => current?.subject.number === whose.number);
    }

    test('the search is for what the cards hold, and the readings were good and bad', async () => {
      const { files } = await sampleCard({ person: BEARER, portrait: PORTRAIT });
      const found = tracesIn(Buffer.concat([...files.values()]), [...forStaff, ...forNobody]);
      for (const name of ['number whole', 'name', 'oldNumber', 'ethnicity', 'religion', 'origin']) {
        expect(
          found.some((each) => each.startsWith(name)),
          name,
        ).toBe(true);
      }
      for (const name of ['residence', 'features', 'father', 'mother', 'spouse', 'MRZ line 1']) {
        expect(
          found.some((each) => each.startsWith(name)),
          name,
        ).toBe(true);
      }
      for (const name of ['MRZ line 2', 'MRZ line 3', 'raw photograph raw']) {
        expect(
          found.some((each) => each.startsWith(name)),
          name,
        ).toBe(true);
      }
      expect(ended).toEqual(expect.arrayContaining(ENDS));
    });

    test('staff are answered six fields and the photograph; the rest of the card and its keys never', () => {
      const staff = Buffer.from(staffTap.text);
      expect(tracesIn(staff, forStaff)).toEqual(
        expect.arrayContaining(['number whole plain', 'name NFC plain', 'expires NFC plain']),
      );
      const all = Buffer.concat([staff, Buffer.from(answers, 'latin1')]);
      expect(tracesIn(all, shown)).toEqual(['shown photograph raw']);
      expect(tracesIn(all, [...forNobody, ...keys])).toEqual([]);
      expect(tracesIn(staff, shown)).toEqual([]);
    });

    test('the passer’s page, the history that is replayed, metrics and logs are told nothing of it', async () => {
      const { origin } = rig.station;
      const { cookie } = rig.staff;
      const replay = await AnswerTap.open(`${origin}/api/v1/events`, { cookie });
      await replay.until('event: beat');
      replay.close();
      const history = replay.text.split('\n\n').filter((frame) => frame.includes('event: history'));
      expect(history.length).toBeGreaterThan(10);
      const told = {
        passer: passerTap.text,
        history: history.join(),
        metrics: await rig.station.metrics(),
        log: rig.station.stderr,
        printed: rig.bench.printed,
      };
      expect(passerTap.text).toContain('card-hold');
      for (const [where, text] of Object.entries(told)) {
        const needles = everything().filter(({ name }) => !name.includes('last 6'));
        expect(tracesIn(Buffer.from(text), needles), where).toEqual([]);
      }
    });

    test('no process of the station bears it in its command line or environment', () => {
      expect(processes.includes('pcsc-child')).toBe(true);
      expect(processes.includes('photo-child')).toBe(true);
      expect(tracesIn(processes, everything())).toEqual([]);
    });

    test('no file has it: the station’s folder, running and stopped, and temporary files', async () => {
      const everywhere = () => [
        ...tracesUnder(rig.bench.folder, everything()),
        ...readdirSync(tmpdir())
          .filter((name) => !before.has(name) && join(tmpdir(), name) !== rig.bench.folder)
          .flatMap((name) => tracesOfOthers(join(tmpdir(), name))),
      ];
      expect(everywhere()).toEqual([]);
      expect(await rig.station.stop()).toBe(0);
      expect(everywhere()).toEqual([]);
    });

    test('the opened journal has the number, and nothing else of the card', async () => {
      const opened = Buffer.from(JSON.stringify(await rig.bench.openJournal()));
      expect(opened.includes('chip-genuine')).toBe(true);
      const found = tracesIn(opened, everything()).filter((name) => !name.startsWith('number'));
      expect(found).toEqual([]);
    });

    /** Of what other programs make meanwhile, some is gone before it is looked at. */
    function tracesOfOthers(path: string): string[] {
      try {
        return statSync(path).isDirectory() ? tracesUnder(path, everything()) : [];
      } catch {
        return [];
      }
    }
  },
);
