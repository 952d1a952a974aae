// How long a card is read and verified through a real pcscd with a virtual reader, whose 44 ms an APDU are removed:
// `npm run build -- node && node dist/scripts/bench/card-reading.js [READINGS]`, as root. Skipped where that cannot run.
import { randomBytes } from 'node:crypto';
import { loadavg } from 'node:os';
import type { CardSpec } from '../../devices/card-reader/emulated/card-spec.ts';
import { EmulatedCard } from '../../devices/card-reader/emulated/emulated-card.ts';
import type { CardOptions } from '../../devices/card-reader/emulated/make-card.ts';
import { CCCD_ATR } from '../../devices/card-reader/emulated/vpcd-client.ts';
import { PcscHost } from '../../devices/card-reader/pcsc-host.ts';
import { PcscReader } from '../../devices/card-reader/pcsc-reader.ts';
import { VirtualPcscd, virtualPcscdObstacle } from '../../devices/card-reader/sim/virtual-pcscd.ts';
import { demoPortrait } from '../../fixtures/portraits/portrait.ts';
import { resultOf } from '../../src/chip/card-result.ts';
import { readCard } from '../../src/chip/read-card.ts';
import { ReadManners } from '../../src/chip/read-manners.ts';
import { parseCertificate } from '../../src/chip/trust/certificate.ts';
import { authenticate } from '../../src/chip/trust/passive-authentication.ts';
import { addAnchor, EMPTY_TRUST_STORE, type TrustStore } from '../../src/chip/trust/trust-store.ts';
import type { InsertedCard } from '../../src/ports/card-reader.ts';
import { systemClock } from '../../src/station/system-clock.ts';
import { systemRandom } from '../../src/station/system-random.ts';
import { WHOLE_NUMBER } from '../../test/support/card-on-reader.ts';
import { SAMPLE_ISSUER, sampleCard, seededRandom } from '../../test/support/sample-card.ts';

const READINGS = Number(process.argv[2] ?? 41);
const DEADLINE_MS = 10_000;
const PERSON_MS_MAX = 150;
const PHOTOGRAPH_MS_MAX = 250;

type Taken = { readonly ms: number; readonly cardMs: number; readonly apdus: number };

/** A card that knows how long it has computed: on a chip as fast as light that would be nothing. */
class TimedCard extends EmulatedCard {
  ms = 0;

  override async transmit(command: Uint8Array): Promise<Uint8Array> {
    const startMs = performance.now();
    const answer = await super.transmit(command);
    this.ms += performance.now() - startMs;
    return answer;
  }
}

class Bench {
  readonly #pcscd: VirtualPcscd;
  readonly #store: TrustStore;
  readonly #inserted: AsyncIterator<InsertedCard>;

  constructor(pcscd: VirtualPcscd, reader: PcscReader, signal: AbortSignal) {
    this.#pcscd = pcscd;
    this.#store = trusted();
    this.#inserted = insertions(reader, signal);
  }

  /** From the first connection to the verdict on the chip. */
  async read(
    spec: CardSpec,
    groups: readonly number[],
    manners: ReadManners,
    expected: string,
  ): Promise<Taken> {
    const card = new TimedCard(spec, seededRandom('bench'));
    const laid = await this.#pcscd.insert(card, CCCD_ATR);
    const { value: inserted } = await this.#inserted.next();
    const startMs = performance.now();
    const connection = await inserted.connect(DEADLINE_MS);
    const reading = await readCard({
      channel: { transmit: (command) => connection.transmit(command, DEADLINE_MS) },
      reconnect: async () => null,
      secrets: WHOLE_NUMBER,
      ...{ failedBefore: 0, groups, manners, random: (bytes) => randomBytes(bytes) },
      msLeft: () => DEADLINE_MS,
      report: () => {},
    });
    const { state } = authenticate(this.#store, resultOf(reading).evidence, systemClock.wallMs());
    const ms = performance.now() - startMs;
    if (state !== expected) throw new Error(`${expected} expected, came ${state}`);
    await connection.close();
    await laid.pull();
    return { ms, cardMs: card.ms, apdus: reading.apdus };
  }
}

async function* insertions(
  reader: PcscReader,
  signal: AbortSignal,
): AsyncGenerator<InsertedCard, never> {
  for await (const event of reader.events(signal)) {
    if (event.kind === 'card-inserted') yield event.card;
  }
  throw new Error('the reader is gone');
}

function trusted(): TrustStore {
  const certificate = parseCertificate(SAMPLE_ISSUER.authorityCertificate);
  const anchor = { certificate, purpose: 'cccd', source: 'bench', addedDay: '2026-01-01' } as const;
  const outcome = addAnchor(EMPTY_TRUST_STORE, anchor, new Set());
  if (outcome.kind === 'refused') throw new Error(outcome.code);
  return outcome.store;
}

function at(values: readonly number[], share: number): number {
  const sorted = [...values].sort((one, other) => one - other);
  return sorted[Math.floor((sorted.length - 1) * share)] ?? Number.NaN;
}

const PERSON = [1, 13];
const WHOLE = [1, 13, 2];
const NO_PROOFS = { chipCipher: null, activeKind: null } as const;
const SHORT = { manners: { readMax: 223, longRead: 'refused' } } as const;

type Row = {
  readonly name: string;
  readonly options: Partial<CardOptions>;
  readonly groups: readonly number[];
  readonly state: string;
};

async function run(): Promise<void> {
  const jpeg = await demoPortrait('bench', 'jpeg');
  const jp2 = await demoPortrait('bench', 'jp2');
  const rows: readonly Row[] = [
    {
      ...{ name: 'SOD, DG1, DG13; the chip proves nothing', state: 'chip-not-proven' },
      ...{ options: { portrait: jpeg, ...NO_PROOFS }, groups: PERSON },
    },
    {
      ...{ name: 'SOD, DG1, DG13, DG14, DG15; CA and AA', state: 'genuine' },
      ...{ options: { portrait: jpeg }, groups: PERSON },
    },
    {
      ...{ name: 'the same, DG2 of 18 kB, JPEG', state: 'genuine' },
      ...{ options: { portrait: jpeg }, groups: WHOLE },
    },
    {
      ...{ name: 'the same, DG2 of 18 kB, JPEG 2000', state: 'genuine' },
      ...{ options: { portrait: jp2 }, groups: WHOLE },
    },
    {
      ...{ name: 'the same, short reads only', state: 'genuine' },
      ...{ options: { portrait: jpeg, ...SHORT }, groups: WHOLE },
    },
  ];
  const pcscd = await VirtualPcscd.open();
  await pcscd.start();
  const { socketPath } = pcscd;
  const host = new PcscHost({ clock: systemClock, random: systemRandom, socketPath });
  const stop = new AbortController();
  const bench = new Bench(
    pcscd,
    new PcscReader({ deviceId: 'bench', nameContains: null }, host),
    stop.signal,
  );
  console.log(
    '| reading | first ms | median ms | p95 ms | of it the card, ms | APDUs |\n|---|---|---|---|---|---|',
  );
  const specs = await Promise.all(rows.map(({ options }) => sampleCard(options)));
  const manners = rows.map(() => new ReadManners());
  const taken: Taken[][] = rows.map(() => []);
  // By turns, so that what else goes on here meets all of them alike.
  for (let time = 0; time <= READINGS; time++) {
    for (const [index, { groups, state }] of rows.entries()) {
      const [spec, known] = [specs[index], manners[index]];
      if (spec === undefined || known === undefined) continue;
      taken[index]?.push(await bench.read(spec, groups, known, state));
    }
  }
  for (const [index, { name }] of rows.entries()) {
    const [first, ...rest] = taken[index] ?? [];
    const ms = rest.map((each) => each.ms);
    const card = at(
      rest.map(({ cardMs }) => cardMs),
      0.5,
    );
    console.log(
      `| ${name} | ${first?.ms.toFixed(0)} | ${at(ms, 0.5).toFixed(1)} | ${at(ms, 0.95).toFixed(1)} | ${card.toFixed(1)} | ${rest[0]?.apdus} |`,
    );
  }
  console.log(
    `Wanted: the person within ${PERSON_MS_MAX} ms, the photograph within ${PHOTOGRAPH_MS_MAX} more, the card's own time not counted. ` +
      `The least APDUs there can be are counted in src/chip/read-card.test.ts. Load average ${loadavg()[0]?.toFixed(1)}.`,
  );
  stop.abort();
  await host.close();
  await pcscd.close();
}

const obstacle = virtualPcscdObstacle();
if (obstacle === null) await run();
else console.log(`SKIPPED: ${obstacle}`);
