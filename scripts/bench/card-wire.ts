// How long a reading takes on a contactless wire: a model over the bytes of every command and answer of real readings of the
// emulated card. `npm run build -- node && node dist/scripts/bench/card-wire.js`.
import type { CardManners, CardSpec } from '../../devices/card-reader/emulated/card-spec.ts';
import { EmulatedCard } from '../../devices/card-reader/emulated/emulated-card.ts';
import { demoPortrait } from '../../fixtures/portraits/portrait.ts';
import { readCard } from '../../src/chip/read-card.ts';
import { ReadManners } from '../../src/chip/read-manners.ts';
import { WHOLE_NUMBER } from '../../test/support/card-on-reader.ts';
import { sampleCard, seededRandom } from '../../test/support/sample-card.ts';

type Exchange = { readonly command: number; readonly answer: number; readonly points: number };

/** fc is 13.56 MHz; a bit is 128, 32 or 16 of its periods (ISO/IEC 14443-2). */
const CARRIER_HZ = 13_560_000;
const BIT_RATES = [
  { name: '106', bitMs: (128 / CARRIER_HZ) * 1_000 },
  { name: '424', bitMs: (32 / CARRIER_HZ) * 1_000 },
  { name: '848', bitMs: (16 / CARRIER_HZ) * 1_000 },
] as const;
/** ISO/IEC 14443-3, type A: eight bits and a parity bit a byte; start, end and the like, a frame. */
const BITS_A_BYTE = 9;
const BITS_A_FRAME = 3;
/** ISO/IEC 14443-4: a block is its control byte, information, and two bytes of checksum; FSD and FSC 256 bytes. */
const BLOCK_BYTES = 3;
const FRAME_BYTES_MAX = 256;
/** Between two frames of either direction: 1,172 periods at the least (14443-3), and what either side needs to react. */
const TURNAROUND_MS = 0.15;
/** USB, CCID and the reader's own programme, for each APDU. */
const READER_MS = 1;
/** A chip's own work with secure messaging and its memory, for each APDU and each byte. */
const CHIP_MS = { apdu: 2, byte: 0.01 };
/** Multiplying a point of a 256-bit curve: 123 ms (NXP JCOP CJ2A081) to 209 (Athena), as ECTester has measured cards. */
const POINT_MS = 123;

/** Points a chip multiplies: PACE's two public keys, nonce and two agreements; chip authentication; a signature. */
function pointsOf(command: Uint8Array, authenticates: number): number {
  if (command[1] === 0x88) return 1;
  if (command[1] !== 0x86) return 0;
  // Nonce, mapping, agreement, token; then chip authentication.
  return [0, 3, 2, 0, 1][authenticates] ?? 0;
}

async function exchangesOf(
  spec: CardSpec,
  manners: ReadManners,
  groups: readonly number[],
): Promise<readonly Exchange[]> {
  const card = new EmulatedCard(spec, seededRandom('wire'));
  const exchanges: Exchange[] = [];
  let authenticates = 0;
  const reading = await readCard({
    channel: {
      transmit: async (command) => {
        const answer = await card.transmit(command);
        const points = pointsOf(command, authenticates);
        if (command[1] === 0x86) authenticates++;
        exchanges.push({ command: command.length, answer: answer.length, points });
        return answer;
      },
    },
    reconnect: async () => null,
    secrets: WHOLE_NUMBER,
    ...{ failedBefore: 0, groups, manners, random: seededRandom('terminal') },
    msLeft: () => 60_000,
    report: () => {},
  });
  if (reading.ended !== 'complete') throw new Error(`${reading.ended}: ${reading.code}`);
  return exchanges;
}

/** Of a message in blocks: each but the last is acknowledged by a block without information. */
function messageMs(bytes: number, bitMs: number): number {
  const blocks = Math.max(1, Math.ceil(bytes / (FRAME_BYTES_MAX - BLOCK_BYTES)));
  const frames = 2 * blocks - 1;
  const bits = (bytes + frames * BLOCK_BYTES) * BITS_A_BYTE + frames * BITS_A_FRAME;
  return bits * bitMs + frames * TURNAROUND_MS;
}

function readingMs(exchanges: readonly Exchange[], bitMs: number): { wire: number; all: number } {
  let wire = 0;
  let all = 0;
  for (const { command, answer, points } of exchanges) {
    const onWire = messageMs(command, bitMs) + messageMs(answer, bitMs);
    wire += onWire;
    all += onWire + READER_MS + CHIP_MS.apdu + CHIP_MS.byte * (command + answer);
    all += points * POINT_MS;
  }
  return { wire, all };
}

/** Of which a kind of card has been read before, as most that come have been. */
async function row(name: string, manners: Partial<CardManners>, groups: readonly number[]) {
  const spec = await sampleCard({ portrait: await demoPortrait('bench', 'jpeg'), manners });
  const known = new ReadManners();
  await exchangesOf(spec, known, [1, 2, 13]);
  const exchanges = await exchangesOf(spec, known, groups);
  const bytes = exchanges.reduce((sum, { command, answer }) => sum + command + answer, 0);
  const cells = BIT_RATES.map(({ bitMs }) => {
    const { wire, all } = readingMs(exchanges, bitMs);
    return `${seconds(wire)} / ${seconds(all)}`;
  });
  console.log(`| ${name} | ${exchanges.length} | ${bytes} | ${cells.join(' | ')} |`);
}

/** Nothing but the bytes of the files, without frames, commands, protection or a chip that thinks. */
async function limit(): Promise<void> {
  const spec = await sampleCard({ portrait: await demoPortrait('bench', 'jpeg') });
  const files = [0x011d, 0x0101, 0x010d, 0x010e, 0x010f, 0x0102].map(
    (id) => spec.files.get(id)?.length ?? 0,
  );
  const bytes = files.reduce((sum, length) => sum + length, 0);
  const cells = BIT_RATES.map(({ bitMs }) => `${seconds(bytes * 8 * bitMs)} / -`);
  console.log(`| limit: the files' own bits | - | ${bytes} | ${cells.join(' | ')} |`);
}

function seconds(ms: number): string {
  return (ms / 1_000).toFixed(2);
}

const WHOLE = [1, 2, 13];
const heads = BIT_RATES.map(({ name }) => `${name} kbit/s: wire / all, s`);
console.log(`| whole card, 18 kB photograph | APDUs | bytes | ${heads.join(' | ')} |`);
console.log(`|---|---|---|${BIT_RATES.map(() => '---|').join('')}`);
await row('chot, a chip with long reads', {}, WHOLE);
await row('chot, the same without the photograph', {}, [1, 13]);
await row('chot, a chip with short reads only (223)', { readMax: 223, longRead: 'refused' }, WHOLE);
await row('reads of 160 bytes', { readMax: 160, longRead: 'shortened' }, WHOLE);
await row('reads of 112 bytes', { readMax: 112, longRead: 'shortened' }, WHOLE);
await limit();
console.log(
  `\n"all" adds to the wire, for each APDU, ${READER_MS} ms of reader and USB and ${CHIP_MS.apdu} ms and ${CHIP_MS.byte} ms a byte ` +
    `of chip, and ${POINT_MS} ms for each of 7 points (PACE 5, chip authentication 1, active authentication 1).`,
);
console.log(
  `Wire: ISO/IEC 14443 type A, frames of ${FRAME_BYTES_MAX} bytes either way, ${TURNAROUND_MS} ms between frames, no CID, no ` +
    'waiting time extensions, no frame lost.',
);
