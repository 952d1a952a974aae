import { SW } from './apdu.ts';
import type { CardChannel } from './card-channel.ts';
import { understand } from './protocol-error.ts';
import { parseSecurityInfos } from './security-infos.ts';
import { findTlv, readTlvs } from './tlv.ts';

/**
 * What goes between terminal and card, for whoever has to find out why a card is not read:
 * `-> 00 B0 9D 00 Le=DF (READ BINARY, file 1D from 0)  <- 9000 [223 bytes] 12 ms`. Data is told by its length. Shown besides
 * are header and status word, which file or known application is selected, which protocol is begun with what kind of
 * password, and what EF.CardAccess offers: nothing of a person, no key and no number of a card.
 */
export function traceApdus(
  channel: CardChannel,
  nowMs: () => number,
  write: (line: string) => void,
): CardChannel {
  let selected: number | null = null;
  return {
    async transmit(bytes) {
      const command = readCommand(bytes);
      const file = command === null ? null : selectedFile(command);
      if (file !== null) selected = file;
      const sent = command === null ? `[${bytes.length} bytes, no command]` : commandText(command);
      const startMs = nowMs();
      const end = (came: string) =>
        write(`-> ${sent}  <- ${came} ${Math.round(nowMs() - startMs)} ms`);
      try {
        const answer = await channel.transmit(bytes);
        const offers = command !== null && selected === CARD_ACCESS && isPlainRead(command);
        end(answerText(answer, offers));
        return answer;
      } catch (error) {
        end(`nothing (${error instanceof Error ? error.name : 'fault'})`);
        throw error;
      }
    },
  };
}

type TracedCommand = {
  readonly head: readonly [cla: number, ins: number, p1: number, p2: number];
  readonly data: Uint8Array;
  /** As it was written: one byte or two. */
  readonly le: Uint8Array;
};

const CARD_ACCESS = 0x011c;
const SECURED = 0x0c;
const INS = { select: 0xa4, read: 0xb0, setSecurity: 0x22, authenticate: 0x86 } as const;
const NAMES: Readonly<Record<number, string>> = {
  ...{ 164: 'SELECT', 176: 'READ BINARY', 177: 'READ BINARY', 192: 'GET RESPONSE' },
  ...{ 34: 'MSE:SET', 134: 'GENERAL AUTHENTICATE', 132: 'GET CHALLENGE' },
  ...{ 130: 'EXTERNAL AUTHENTICATE', 136: 'INTERNAL AUTHENTICATE' },
};
/** ICAO 9303-10, 3.6.2. */
const APPLICATIONS: Readonly<Record<string, string>> = {
  a0000002471001: 'travel document',
};
/** ICAO 9303-11, 4.4.4.1, table 1. */
const PASSWORDS: Readonly<Record<number, string>> = { 1: 'MRZ', 2: 'CAN', 3: 'PIN', 4: 'PUK' };
/** BSI's object identifiers for machine-readable travel documents: 0.4.0.127.0.7.2.2. */
const PROTOCOLS = /^04007f00070202[0-9a-f]{2,6}$/;
const STEPS: Readonly<Record<number, string>> = {
  ...{ 128: 'key', 129: 'mapping', 131: 'agreement', 133: 'token' },
};
const PARAMETER_ID_MAX = 31;

/** ISO/IEC 7816-4, 5.1, in the seven forms there are; null for bytes that are no command. */
function readCommand(bytes: Uint8Array): TracedCommand | null {
  const [cla = 0, ins = 0, p1 = 0, p2 = 0, first, ...rest] = bytes;
  const of = (dataFrom: number, dataBytes: number, leBytes: number): TracedCommand | null => {
    const data = bytes.subarray(dataFrom, dataFrom + dataBytes);
    const le = bytes.subarray(dataFrom + dataBytes);
    const fits = data.length === dataBytes && (le.length === 0 || le.length === leBytes);
    return fits ? { head: [cla, ins, p1, p2], data, le } : null;
  };
  if (bytes.length < 4) return null;
  if (first === undefined || rest.length === 0) return of(4, 0, 1);
  if (first !== 0) return of(5, first, 1);
  if (rest.length === 2) return of(5, 0, 2);
  if (bytes.length < 7) return null;
  return of(7, (rest[0] ?? 0) * 256 + (rest[1] ?? 0), 2);
}

function commandText(command: TracedCommand): string {
  const { head, data, le } = command;
  const [cla, ins] = head;
  const known = NAMES[ins];
  // What an instruction nobody knows has for parameters, nobody knows either.
  const header = known === undefined ? `${hex([cla, ins])} .. ..` : hex(head);
  const secured = (cla & SECURED) !== 0;
  const shown = known === undefined ? null : meaning(command, secured);
  return [
    header,
    ...(data.length > 0 ? [`[${data.length} bytes]`] : []),
    ...(le.length > 0 ? [`Le=${hex([...le], '')}`] : []),
    `(${[known ?? 'unknown', ...(secured ? ['secured'] : []), ...(shown === null ? [] : [shown])].join(', ')})`,
  ].join(' ');
}

function meaning({ head: [, ins, p1, p2], data }: TracedCommand, secured: boolean): string | null {
  if (ins === INS.read) {
    if (p1 >= 0x80) return `file ${hex([p1 & 0x1f])} from ${p2}`;
    return `from ${p1 * 256 + p2}`;
  }
  if (secured) return null;
  switch (ins) {
    case INS.select:
      return selectText(p1, data);
    case INS.setSecurity:
      return protocolText(data);
    case INS.authenticate:
      return stepText(data);
    default:
      return null;
  }
}

function selectText(p1: number, data: Uint8Array): string | null {
  if (p1 !== 0x04) return data.length === 2 ? `file ${hex([...data], '')}` : null;
  return APPLICATIONS[Buffer.from(data).toString('hex')] ?? null;
}

function protocolText(data: Uint8Array): string | null {
  const objects = understand(() => readTlvs(data)) ?? [];
  const oid = Buffer.from(findTlv(objects, 0x80)?.value ?? []).toString('hex');
  const reference = findTlv(objects, 0x83)?.value ?? new Uint8Array(0);
  const password = reference.length === 1 ? PASSWORDS[reference[0] ?? 0] : undefined;
  const told = [
    ...(PROTOCOLS.test(oid) ? [`protocol ${oid.toUpperCase()}`] : []),
    ...(password === undefined ? [] : [`with ${password}`]),
  ];
  return told.length === 0 ? null : told.join(' ');
}

function stepText(data: Uint8Array): string | null {
  const template = understand(() => readTlvs(data))?.[0];
  if (template?.tag !== 0x7c) return null;
  const inner = understand(() => readTlvs(template.value));
  if (inner === null) return null;
  return inner[0] === undefined ? 'nonce' : (STEPS[inner[0].tag] ?? null);
}

function selectedFile({ head: [cla, ins, p1], data }: TracedCommand): number | null {
  if (ins !== INS.select) return null;
  const fileId = p1 !== 0x04 && data.length === 2 && (cla & SECURED) === 0;
  return fileId ? (data[0] ?? 0) * 256 + (data[1] ?? 0) : 0;
}

function isPlainRead({ head: [cla, ins, p1, p2] }: TracedCommand): boolean {
  return ins === INS.read && cla === 0 && p1 === 0 && p2 === 0;
}

function answerText(answer: Uint8Array, offers: boolean): string {
  const data = answer.subarray(0, -2);
  const sw = (answer.at(-2) ?? 0) * 256 + (answer.at(-1) ?? 0);
  // An answer cut off ends in data: ISO/IEC 7816-4, 5.6 has no other status words than these.
  const status =
    answer.length >= 2 && (sw >> 12 === 6 || sw === SW.ok) ? hex([sw >> 8, sw & 0xff], '') : '????';
  const told = offers ? offersOf(data) : null;
  const size =
    data.length === 0 ? '' : ` [${data.length} bytes${told === null ? '' : `: ${told}`}]`;
  return `${status}${size}`;
}

/** What this terminal knows the meaning of in EF.CardAccess; never its bytes. */
function offersOf(bytes: Uint8Array): string | null {
  const infos = understand(() => parseSecurityInfos(bytes));
  if (infos === null) return null;
  const known = (id: number | null) => (id !== null && id <= PARAMETER_ID_MAX ? ` ${id}` : '');
  return [
    ...infos.pace.map(
      ({ agreement, mapping, cipher, parameterId }) =>
        `PACE ${agreement} ${mapping} ${cipher}${known(parameterId)}`,
    ),
    ...infos.chipAuthentication.map(({ agreement, cipher }) => `CA ${agreement} ${cipher}`),
    ...infos.terminalAuthentication.map(() => 'TA'),
  ].join('; ');
}

function hex(bytes: readonly number[], between = ' '): string {
  return bytes.map((byte) => byte.toString(16).padStart(2, '0').toUpperCase()).join(between);
}
