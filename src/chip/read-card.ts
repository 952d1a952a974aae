import { DeviceFault } from '../kernel/errors.ts';
import {
  type AboutCard,
  type Access,
  type AccessOutcome,
  type AccessSecrets,
  countFailed,
  openCard,
} from './access.ts';
import { SW } from './apdu.ts';
import type { CardChannel } from './card-channel.ts';
import type { AccessReport, CardProgress, CardReading, FileReading } from './card-reading.ts';
import type { CardSession } from './card-session.ts';
import { ChipProofs } from './chip-proofs.ts';
import type { RandomBytes } from './crypto/group.ts';
import { compareGroupHashes, type GroupOutcome } from './lds/data-group-hashes.ts';
import { dataGroupFile, EF_SOD, type LdsFile } from './lds/files.ts';
import { parseSod, type Sod } from './lds/sod.ts';
import { ProtocolError } from './protocol-error.ts';
import {
  afterLoss,
  type FileOutcome,
  heed,
  LENGTH_SLACK_BYTES,
  newManner,
  type PartialFile,
  readFile,
} from './read-files.ts';
import type { ReadManners } from './read-manners.ts';

export type ReadCardOptions = {
  /** To a card that was just reset. */
  readonly channel: CardChannel;
  /** After a loss: resets the card that lies there and gives a new channel, or null when it is gone. */
  readonly reconnect: () => Promise<CardChannel | null>;
  readonly secrets: AccessSecrets;
  /** Attempts at access that failed since the card was put there. */
  readonly failedBefore: number;
  /** Data groups wanted besides those of the proofs; 3 and 4 are never asked for. */
  readonly groups: readonly number[];
  /** Kept by the caller from card to card, one for each reader. */
  readonly manners: ReadManners;
  /** Whether to ask what the card says of itself besides: for support, where a few commands more do not matter. */
  readonly about?: boolean;
  readonly random: RandomBytes;
  /** Until when the whole must be done; asked before every command. */
  readonly msLeft: () => number;
  readonly report: (progress: CardProgress) => void;
};

/** Sessions lost with one card on the reader. */
const LOSSES_MAX = 3;
const PHOTOGRAPH = 2;
/** The person, then the proofs, then the rest, the photograph last: it takes longest. */
const ORDER: readonly number[] = [1, 13, 14, 15, 11, 12, 16, 5, 6, 7, 8, 9, 10, PHOTOGRAPH];
/** Behind terminal authentication. */
const NEVER_ASKED: readonly number[] = [3, 4];
const PROOFS: readonly number[] = [14, 15];
const NO_ACCESS: AccessReport = {
  ...{ method: null, weaker: false, problem: null, attempts: [], cardAccess: null },
};

/** The time given is over: said before a command, never in the midst of one. */
class DeadlinePassed extends Error {}

/**
 * Reads a card: EF.SOD, the person, what the chip can prove, the photograph. It always ends in a CardReading, which holds
 * what was read until then; throws InputError for fields that no machine-readable zone could hold.
 */
export async function readCard(options: ReadCardOptions): Promise<CardReading> {
  return new CardReader(options).read();
}

class CardReader {
  readonly #options: ReadCardOptions;
  #access = NO_ACCESS;
  #manner = newManner();
  #about: AboutCard | null = null;
  #proofs: ChipProofs;
  #sod: FileOutcome | null = null;
  #parsed: Sod | { readonly problem: string } = { problem: 'sod.not-read' };
  #groups = new Map<number, FileReading>();
  #partial = new Map<number, PartialFile>();
  #apdus = 0;

  constructor(options: ReadCardOptions) {
    this.#options = options;
    this.#proofs = new ChipProofs(options.random);
  }

  async read(): Promise<CardReading> {
    const { msLeft } = this.#options;
    let channel: CardChannel | null = this.#options.channel;
    for (let losses = 1; ; losses++) {
      const end = await this.#session(channel);
      if (end.ended !== 'lost') return this.#reading(end.ended, end.code);
      channel = losses > LOSSES_MAX || msLeft() <= 0 ? null : await this.#reconnect();
      afterLoss(this.#manner, channel !== null);
      if (losses > LOSSES_MAX) return this.#reading('lost', end.code);
      if (channel === null) return this.#reading(msLeft() <= 0 ? 'deadline' : 'gone', end.code);
      this.#options.report({ kind: 'lost', code: end.code ?? 'device' });
      this.#proofs.renew();
    }
  }

  async #reconnect(): Promise<CardChannel | null> {
    try {
      return await this.#options.reconnect();
    } catch (error) {
      if (error instanceof DeviceFault) return null;
      throw error;
    }
  }

  async #session(channel: CardChannel): Promise<Pick<CardReading, 'ended' | 'code'>> {
    try {
      const access = await this.#open(channel);
      if (access.kind !== 'open') return { ended: 'no-access', code: access.kind };
      await this.#readSod(access.session);
      for (const group of this.#plan()) await this.#readGroup(access, group);
      await this.#confirmLast(access.session);
      return { ended: 'complete', code: null };
    } catch (error) {
      if (error instanceof DeadlinePassed) return { ended: 'deadline', code: null };
      if (error instanceof DeviceFault) return { ended: 'lost', code: 'device' };
      if (error instanceof ProtocolError) return { ended: 'lost', code: error.code };
      throw error;
    }
  }

  async #open(channel: CardChannel): Promise<AccessOutcome> {
    const { secrets, failedBefore, random, report } = this.#options;
    const { method, attempts } = this.#access;
    report({ kind: 'phase', phase: 'access' });
    const access = await openCard(this.#watched(channel), {
      ...{ secrets, random, known: method, failedBefore: failedBefore + countFailed(attempts) },
      about: this.#options.about === true && this.#about === null,
      onAttempt: (attempt) => {
        this.#access = { ...this.#access, attempts: [...this.#access.attempts, attempt] };
      },
    });
    this.#access = {
      ...this.#access,
      cardAccess: access.cardAccess,
      ...(access.kind === 'open'
        ? { method: access.method, weaker: access.weaker, problem: null }
        : { problem: access.kind }),
    };
    this.#about ??= access.about;
    if (access.kind === 'open') {
      this.#manner = this.#options.manners.of(this.#access);
      heed(this.#manner, this.#about?.limits ?? null);
      report({ kind: 'open', method: access.method, weaker: access.weaker });
      report({ kind: 'phase', phase: 'files' });
    }
    return access;
  }

  #watched(channel: CardChannel): CardChannel {
    return {
      transmit: async (command) => {
        if (this.#options.msLeft() <= 0) throw new DeadlinePassed();
        this.#apdus++;
        return channel.transmit(command);
      },
    };
  }

  /** A session that was redone must present the same EF.SOD, or is one with another card (security C1). */
  async #readSod(session: CardSession): Promise<void> {
    const before = this.#sod;
    const sod = await this.#readFile(session, EF_SOD, newPartial());
    if (before !== null && same(before, sod)) return;
    if (before !== null) {
      this.#proofs = new ChipProofs(this.#options.random);
      this.#groups = new Map();
      this.#options.report({ kind: 'started-over' });
    }
    // Without an EF.SOD nobody can say that what was begun is of this card.
    this.#partial = new Map();
    this.#sod = sod;
    this.#parsed = parse(sod);
    this.#report(EF_SOD, sod);
  }

  #plan(): readonly number[] {
    const { groups } = this.#options;
    const parsed = this.#parsed;
    const listed = 'problem' in parsed ? null : parsed.groupHashes;
    return ORDER.filter((group) => {
      if (NEVER_ASKED.includes(group)) return false;
      if (listed === null) return groups.includes(group) && !PROOFS.includes(group);
      return listed.has(group) && (groups.includes(group) || PROOFS.includes(group));
    });
  }

  async #readGroup({ session, chipAuthenticationMapping }: Access, group: number): Promise<void> {
    const reading = this.#groups.get(group) ?? (await this.#readNew(session, group));
    if (group !== 14 && group !== 15) return;
    // A hash nobody can verify proves nothing and disproves nothing.
    if (reading.hash === 'impossible') return;
    if (reading.outcome.kind !== 'read' || reading.hash !== 'passed') {
      this.#proofs.markUnusable(group);
      return;
    }
    const { bytes } = reading.outcome;
    const phase = group === 14 ? 'chip-authentication' : 'active-authentication';
    this.#options.report({ kind: 'phase', phase });
    await this.#proofs.watch(() =>
      group === 14
        ? this.#proofs.authenticateChip(session, bytes, chipAuthenticationMapping)
        : this.#proofs.authenticateActively(session, bytes),
    );
    this.#options.report({ kind: 'phase', phase: 'files' });
  }

  async #readNew(session: CardSession, group: number): Promise<FileReading> {
    const file = dataGroupFile(group);
    const partial = this.#partial.get(group) ?? newPartial();
    this.#partial.set(group, partial);
    const outcome = await this.#readFile(session, file, partial);
    const whole = group === PHOTOGRAPH ? await this.#withSlack(session, outcome) : outcome;
    this.#partial.delete(group);
    const reading = this.#report(file, whole);
    this.#groups.set(group, reading);
    return reading;
  }

  /** Of some chips the head of EF.DG2 announces a few bytes fewer than were hashed. */
  async #withSlack(session: CardSession, outcome: FileOutcome): Promise<FileOutcome> {
    const parsed = this.#parsed;
    if (outcome.kind !== 'read' || 'problem' in parsed) return outcome;
    if (hashOf(parsed, PHOTOGRAPH, outcome.bytes) !== 'failed') return outcome;
    const { data, sw } = await session.readBinary(outcome.bytes.length, LENGTH_SLACK_BYTES);
    if (sw !== SW.ok && sw !== SW.endOfFile) return outcome;
    for (let more = 1; more <= data.length && more <= LENGTH_SLACK_BYTES; more++) {
      const bytes = Buffer.concat([outcome.bytes, data.subarray(0, more)]);
      if (hashOf(parsed, PHOTOGRAPH, bytes) === 'passed') return { kind: 'read', bytes };
    }
    return outcome;
  }

  #readFile(session: CardSession, file: LdsFile, partial: PartialFile): Promise<FileOutcome> {
    const onAnswer = () => this.#proofs.confirm();
    const onBytes = () => {
      this.#options.report({
        ...{ kind: 'bytes', file: file.name, group: file.group },
        ...{ bytes: partial.bytes.length, of: partial.total },
      });
    };
    // By then everything else is read: a card that does not stand a long read costs least.
    const mayProbe = file.group === PHOTOGRAPH;
    return this.#proofs.watch(() =>
      readFile(session, file, { manner: this.#manner, partial, mayProbe, onAnswer, onBytes }),
    );
  }

  /** Where nothing was left to read under the keys of chip authentication, something is read again. */
  async #confirmLast(session: CardSession): Promise<void> {
    if (!this.#proofs.unconfirmed) return;
    await this.#proofs.watch(() => session.readShortFile(EF_SOD.sfi, 0, CONFIRMING_BYTES));
    this.#proofs.confirm();
  }

  #report(file: LdsFile, outcome: FileOutcome): FileReading {
    const parsed = this.#parsed;
    const hashed = outcome.kind === 'read' && file.group !== null && !('problem' in parsed);
    const hash = hashed ? hashOf(parsed, file.group, outcome.bytes) : null;
    const reading = { file: file.name, group: file.group, outcome, hash };
    this.#options.report({ kind: 'file', reading });
    return reading;
  }

  #reading(ended: CardReading['ended'], code: string | null): CardReading {
    const parsed = this.#parsed;
    const sod = this.#sod;
    return {
      ...{ ended, code, access: this.#access, groups: this.#groups, apdus: this.#apdus },
      about: this.#about,
      sod:
        'problem' in parsed
          ? parsed
          : { bytes: sod?.kind === 'read' ? sod.bytes : new Uint8Array(0), parsed },
      chipAuthentication: this.#proofs.chipAuthentication,
      activeAuthentication: this.#proofs.activeAuthentication,
      signedInfos: this.#proofs.signedInfos,
    };
  }
}

const CONFIRMING_BYTES = 8;

function newPartial(): PartialFile {
  return { bytes: new Uint8Array(0), total: null };
}

function parse(sod: FileOutcome): Sod | { readonly problem: string } {
  if (sod.kind === 'refused') return { problem: 'sod.refused' };
  if (sod.kind === 'broken') return { problem: sod.code };
  try {
    return parseSod(sod.bytes);
  } catch (error) {
    if (error instanceof ProtocolError) return { problem: error.code };
    throw error;
  }
}

function hashOf(sod: Sod, group: number, bytes: Uint8Array): GroupOutcome | null {
  return compareGroupHashes(sod, new Map([[group, bytes]])).get(group) ?? null;
}

function same(one: FileOutcome, other: FileOutcome): boolean {
  return one.kind === 'read' && other.kind === 'read'
    ? Buffer.from(one.bytes).equals(other.bytes)
    : one.kind === other.kind;
}
