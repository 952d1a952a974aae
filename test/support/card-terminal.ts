import type { CardSpec } from '../../devices/card-reader/emulated/card-spec.ts';
import { EmulatedCard, type Wait } from '../../devices/card-reader/emulated/emulated-card.ts';
import { SW } from '../../src/chip/apdu.ts';
import { CardSession } from '../../src/chip/card-session.ts';
import { type PaceOutcome, type PacePassword, performPace } from '../../src/chip/pace.ts';
import { choosePace } from '../../src/chip/pace-choice.ts';
import {
  type PaceMapping,
  parseSecurityInfos,
  type SecurityInfos,
} from '../../src/chip/security-infos.ts';
import { readHead } from '../../src/chip/tlv.ts';
import { seededRandom } from './sample-card.ts';

/** The least a terminal must do to read a card, for tests of the card. */
export const APPLICATION = Buffer.from('a0000002471001', 'hex');
/** Of the sample person. */
export const CAN: PacePassword = { kind: 'can', can: '000001' };

export function openCard(spec: CardSpec, wait?: Wait) {
  const card = new EmulatedCard(spec, seededRandom('chip'), wait);
  return { card, session: new CardSession(card) };
}

/** By identifier, to the end its outermost length announces. */
export async function readWhole(
  session: CardSession,
  fileId: number,
  le = 223,
): Promise<Uint8Array> {
  const selected = await session.selectFile(fileId);
  if (selected.sw !== SW.ok) throw new Error(`SELECT: ${selected.sw.toString(16)}`);
  let file: Uint8Array = new Uint8Array(0);
  let length = 1;
  while (file.length < length) {
    const { data, sw } = await session.readBinary(file.length, le);
    if (data.length === 0) throw new Error(`READ BINARY: ${sw.toString(16)}`);
    file = Buffer.concat([file, data]);
    const { headBytes, valueBytes } = readHead(file);
    length = headBytes + valueBytes;
  }
  return file;
}

export async function openPace(
  session: CardSession,
  password: PacePassword,
  mapping: PaceMapping = 'generic',
): Promise<{ infos: SecurityInfos; outcome: PaceOutcome }> {
  const infos = parseSecurityInfos(await readWhole(session, 0x011c));
  const choice = choosePace(infos).find((each) => each.mapping === mapping);
  if (choice === undefined) throw new Error('EF.CardAccess offers no such PACE');
  return { infos, outcome: await performPace(session, choice, password, seededRandom('PACE')) };
}

/** PACE with the CAN, then the application. */
export async function letIn(session: CardSession): Promise<void> {
  const { outcome } = await openPace(session, CAN);
  const { sw } = await session.selectApplication(APPLICATION);
  if (outcome.kind !== 'open' || sw !== SW.ok) throw new Error(outcome.kind);
}
