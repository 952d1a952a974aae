import { DeviceFault } from '../kernel/errors.ts';
import { type Response, SW } from './apdu.ts';
import { type AccessFields, basicAccessKeys, mrzSecret, performBac } from './bac.ts';
import type { CardChannel } from './card-channel.ts';
import { CardSession } from './card-session.ts';
import type { ChipAuthenticationMapping } from './chip-authentication-mapping.ts';
import type { RandomBytes } from './crypto/group.ts';
import {
  type ApduLimits,
  EF_ATR_INFO,
  EF_DIR,
  readApduLimits,
  readApplications,
} from './lds/master-files.ts';
import { type PacePassword, performPace } from './pace.ts';
import { choosePace, type PaceChoice } from './pace-choice.ts';
import { ProtocolError } from './protocol-error.ts';
import { parseSecurityInfos, type SecurityInfos } from './security-infos.ts';
import { readHead } from './tlv.ts';

/** What is known of a card before it is opened; null: not known. */
export type AccessSecrets = {
  /** Six digits: of an identity card of Vietnam the last of its number. */
  readonly can: string | null;
  readonly fields: AccessFields | null;
  /** Whether some of `fields` follows from a rule and was neither read nor typed: they never make up for a number that is wrong. */
  readonly reckoned: boolean;
};

export type AccessMethod = 'pace-can' | 'pace-mrz' | 'bac';

/**
 * One try with one secret. `code` says at what it failed: `pace.token`, `bac.authenticate`; `device` for a card that was lost, and
 * `broken-off` for a caller that gave up, when the secret was on its way. `sw` is what the card said.
 */
export type AccessAttempt = {
  readonly method: AccessMethod;
  readonly outcome: 'open' | 'wrong-secret' | 'failed';
  readonly code: string | null;
  readonly sw: number | null;
};

/** EF.CardAccess, which nobody signed. */
export type CardAccess =
  | { readonly kind: 'read'; readonly bytes: Uint8Array; readonly infos: SecurityInfos }
  | { readonly kind: 'absent'; readonly sw: number }
  | { readonly kind: 'broken'; readonly code: string };

export type Access = {
  readonly kind: 'open';
  /** Secured, with the application selected. */
  readonly session: CardSession;
  readonly method: AccessMethod;
  /** BAC where the card offered PACE: it resists an eavesdropper far less. */
  readonly weaker: boolean;
  readonly chipAuthenticationMapping: ChipAuthenticationMapping | null;
};

/** What the card says of itself in other files of its master file; nobody signed it. */
export type AboutCard = {
  /** EF.ATR/INFO; null: not there, or it does not say. */
  readonly limits: ApduLimits | null;
  /** EF.DIR: application identifiers in hex; null: not there. */
  readonly applications: readonly string[] | null;
};

/**
 * number-does-not-open: the card took every step and did not know the secret. more-needed: it opens with BAC only, and birth or
 * expiry are not known. no-application: no travel document. spent: too many attempts have failed at this insertion.
 */
export type NoAccess = {
  readonly kind: 'number-does-not-open' | 'more-needed' | 'no-application' | 'refused' | 'spent';
};

export type AccessOutcome = (Access | NoAccess) & {
  readonly cardAccess: CardAccess;
  /** Null: not asked for. */
  readonly about: AboutCard | null;
  /** In order, this call's only. */
  readonly attempts: readonly AccessAttempt[];
};

export type AccessOptions = {
  readonly secrets: AccessSecrets;
  /** Attempts that failed at this insertion before. */
  readonly failedBefore: number;
  /** Whether to ask for EF.ATR/INFO and EF.DIR: up to four commands, which a reading does not need. */
  readonly about: boolean;
  /** What has opened this card before: nothing else is tried. */
  readonly known: AccessMethod | null;
  readonly random: RandomBytes;
  /** As each ends: so that those before a loss, and the one it cut off, are counted too. */
  readonly onAttempt: (attempt: AccessAttempt) => void;
};

/** A card is never searched for its secret (security C5). */
const FAILED_ATTEMPTS_MAX = 2;
/** ICAO 9303-10, 3.6.2: the LDS1 application. */
const APPLICATION = Uint8Array.of(0xa0, 0x00, 0x00, 0x02, 0x47, 0x10, 0x01);
const CARD_ACCESS_FILE = 0x011c;
const CARD_ACCESS_BYTES_MAX = 4_096;
/** Some chips end the session at 256. */
const PLAIN_READ_BYTES = 223;
/** And some refuse that. */
const SMALL_READ_BYTES = 112;
const SMALLEST_READ_BYTES = 16;

type Opened = Omit<Access, 'session' | 'kind'>;
type Trial = AccessOptions & { readonly onTest: () => void };
type Tried = { readonly attempt: AccessAttempt; readonly opened: Opened | null };

/**
 * The secrets that the number of an identity card of Vietnam gives (12 digits), and with birth and expiry (ISO 8601, whole
 * dates) those of BAC: the document number is the last nine digits. None of it counts as reckoned.
 */
export function secretsOfNumber(
  number: string,
  birth: string | null,
  expiry: string | null,
): AccessSecrets {
  const [from, to] = [sixDigits(birth), sixDigits(expiry)];
  return {
    can: number.slice(-6),
    fields:
      from === null || to === null
        ? null
        : { documentNumber: number.slice(-9), birth: from, expiry: to },
    reckoned: false,
  };
}

/** Those that did not open the card: a caller keeps the sum until the card is taken away. */
export function countFailed(attempts: readonly AccessAttempt[]): number {
  return attempts.filter(({ outcome }) => outcome !== 'open').length;
}

function sixDigits(date: string | null): string | null {
  return date !== null && /^\d{4}-\d{2}-\d{2}$/.test(date)
    ? date.slice(2).replaceAll('-', '')
    : null;
}

/**
 * Opens a card that was just reset (security C5): PACE where EF.CardAccess offers it, with the CAN or else the
 * machine-readable zone; then BAC, with fields that were reckoned only while no secret was wrong. At most two attempts fail an insertion. Throws DeviceFault when the card is gone, and
 * ProtocolError when it fails at something that tests no secret. Throws InputError for fields that are none.
 */
export async function openCard(
  channel: CardChannel,
  options: AccessOptions,
): Promise<AccessOutcome> {
  const { secrets, failedBefore, known } = options;
  const session = new CardSession(channel);
  const cardAccess = await readCardAccess(session);
  const about = options.about ? await readAbout(session) : null;
  const choices = cardAccess.kind === 'read' ? choosePace(cardAccess.infos) : [];
  const possible = methodsFor(secrets, choices).filter((it) => known === null || it === known);
  const methods = possible.slice(0, Math.max(0, FAILED_ATTEMPTS_MAX - failedBefore));
  const attempts: AccessAttempt[] = [];
  const done = { cardAccess, about, attempts };
  for (const method of methods) {
    if (secrets.reckoned && attempts.some(isWrong)) break;
    // What a failed attempt leaves behind in a session is not gone into.
    const fresh = attempts.length === 0 ? session : new CardSession(channel);
    const tried = await enter(fresh, method, options, choices);
    if (tried === 'no-application') return { ...done, kind: failureOf(attempts, tried) };
    attempts.push(tried.attempt);
    if (tried.opened !== null) return { ...done, kind: 'open', session: fresh, ...tried.opened };
  }
  return { ...done, kind: failureOf(attempts, whyUntried(possible, known)) };
}

function whyUntried(
  possible: readonly AccessMethod[],
  known: AccessMethod | null,
): NoAccess['kind'] {
  if (possible.length > 0) return 'spent';
  return known === null ? 'more-needed' : 'refused';
}

/** PACE is a matter of the master file, BAC one of the application. */
async function enter(
  session: CardSession,
  method: AccessMethod,
  options: AccessOptions,
  choices: readonly PaceChoice[],
): Promise<Tried | 'no-application'> {
  const select = async () => (await session.selectApplication(APPLICATION)).sw === SW.ok;
  if (method === 'bac' && !(await select())) return 'no-application';
  const tried = await tryMethod(session, method, options, choices);
  options.onAttempt(tried.attempt);
  if (method === 'bac' || tried.opened === null) return tried;
  return (await select()) ? tried : 'no-application';
}

function isWrong({ outcome }: AccessAttempt): boolean {
  return outcome === 'wrong-secret';
}

/** `untried`: what it is when nothing was tried. */
function failureOf(
  attempts: readonly AccessAttempt[],
  untried: NoAccess['kind'],
): NoAccess['kind'] {
  if (attempts.length === 0) return untried;
  return attempts.some(isWrong) ? 'number-does-not-open' : 'refused';
}

function methodsFor(
  { can, fields }: AccessSecrets,
  choices: readonly PaceChoice[],
): readonly AccessMethod[] {
  const methods: AccessMethod[] = [];
  if (choices.length > 0 && can !== null) methods.push('pace-can');
  if (choices.length > 0 && can === null && fields !== null) methods.push('pace-mrz');
  if (fields !== null) methods.push('bac');
  return methods;
}

/**
 * What breaks the protocol costs an attempt, so that it can be tried differently. A card that is gone is thrown, and costs one
 * when the secret was on its way: it may have learnt whether that is right.
 */
async function tryMethod(
  session: CardSession,
  method: AccessMethod,
  options: AccessOptions,
  choices: readonly PaceChoice[],
): Promise<Tried> {
  let tested = false;
  const onTest = () => {
    tested = true;
  };
  try {
    return method === 'bac'
      ? await tryBac(session, { ...options, onTest }, choices.length > 0)
      : await tryPace(session, method, { ...options, onTest }, choices);
  } catch (error) {
    if (!(error instanceof ProtocolError)) {
      const code = error instanceof DeviceFault ? 'device' : 'broken-off';
      if (tested) options.onAttempt({ method, outcome: 'failed', code, sw: null });
      throw error;
    }
    // A chip whose token is wrong does not know the secret any more than one that refuses ours.
    const wrong = error.code === 'pace.token' || error.code === 'bac.mac';
    const outcome = wrong ? 'wrong-secret' : 'failed';
    return { attempt: { method, outcome, code: error.code, sw: null }, opened: null };
  }
}

async function tryPace(
  session: CardSession,
  method: 'pace-can' | 'pace-mrz',
  { secrets, random, onTest }: Trial,
  [choice]: readonly PaceChoice[],
): Promise<Tried> {
  const password = passwordOf(secrets, method);
  if (choice === undefined || password === null) throw new Error(`${method} is not possible`);
  const outcome = await performPace(session, choice, password, random, onTest);
  if (outcome.kind === 'open') {
    const { chipAuthentication } = outcome;
    return opened(method, { weaker: false, chipAuthenticationMapping: chipAuthentication });
  }
  return refused(method, `pace.${outcome.at}`, outcome.sw, outcome.at === 'token');
}

async function tryBac(
  session: CardSession,
  { secrets, random, onTest }: Trial,
  paceOffered: boolean,
): Promise<Tried> {
  if (secrets.fields === null) throw new Error('BAC without fields');
  const outcome = await performBac(session, basicAccessKeys(secrets.fields), random, onTest);
  if (outcome.kind === 'open') {
    return opened('bac', { weaker: paceOffered, chipAuthenticationMapping: null });
  }
  return refused('bac', `bac.${outcome.at}`, outcome.sw, outcome.at === 'authenticate');
}

function passwordOf(
  { can, fields }: AccessSecrets,
  method: 'pace-can' | 'pace-mrz',
): PacePassword | null {
  if (method === 'pace-can') return can === null ? null : { kind: 'can', can };
  return fields === null ? null : { kind: 'mrz', secret: mrzSecret(fields) };
}

function opened(method: AccessMethod, how: Omit<Opened, 'method'>): Tried {
  return {
    attempt: { method, outcome: 'open', code: null, sw: null },
    opened: { method, ...how },
  };
}

function refused(method: AccessMethod, code: string, sw: number, tested: boolean): Tried {
  const outcome = tested ? 'wrong-secret' : 'failed';
  return { attempt: { method, outcome, code, sw }, opened: null };
}

/** ICAO 9303-11, 9.11: in the master file, which is selected after a reset; readable by everybody. */
async function readCardAccess(session: CardSession): Promise<CardAccess> {
  const { sw } = await session.selectFile(CARD_ACCESS_FILE);
  if (sw !== SW.ok) return { kind: 'absent', sw };
  let read: Response = await session.readBinary(0, PLAIN_READ_BYTES);
  if (!isRead(read)) read = await session.readBinary(0, SMALL_READ_BYTES);
  let bytes = read.data;
  if (!isRead(read)) return { kind: 'absent', sw: read.sw };
  try {
    const { headBytes, valueBytes } = readHead(bytes);
    const total = headBytes + valueBytes;
    if (total > CARD_ACCESS_BYTES_MAX) return { kind: 'broken', code: 'access.too-large' };
    while (bytes.length < total && isRead(read)) {
      read = await session.readBinary(
        bytes.length,
        Math.min(PLAIN_READ_BYTES, total - bytes.length),
      );
      bytes = Buffer.concat([bytes, read.data]);
    }
    return { kind: 'read', bytes: bytes.subarray(0, total), infos: parseSecurityInfos(bytes) };
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    return { kind: 'broken', code: error.code };
  }
}

async function readAbout(session: CardSession): Promise<AboutCard> {
  const atrInfo = await readBeginning(session, EF_ATR_INFO);
  const dir = await readBeginning(session, EF_DIR);
  return {
    limits: atrInfo === null ? null : readApduLimits(atrInfo),
    applications: dir === null ? null : readApplications(dir),
  };
}

/** Such files are short. Null: there is none. */
async function readBeginning(session: CardSession, fileId: number): Promise<Uint8Array | null> {
  if ((await session.selectFile(fileId)).sw !== SW.ok) return null;
  const { data, sw } = await session.readBinary(0, PLAIN_READ_BYTES);
  return data.length > 0 && (sw === SW.ok || sw === SW.endOfFile) ? data : null;
}

/** A card that gives a byte at a time is not read on. */
function isRead({ data, sw }: Response): boolean {
  return data.length >= SMALLEST_READ_BYTES && (sw === SW.ok || sw === SW.endOfFile);
}
