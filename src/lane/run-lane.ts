import { type ChipFields, chipDocument } from '../documents/chip-card.ts';
import type { Check, ChipEvidence, Document } from '../documents/document.ts';
import type { ParseContext } from '../documents/identity-checks.ts';
import { parsePresentation, parseTyped } from '../documents/parse-presentation.ts';
import { dayOf } from '../kernel/calendar.ts';
import type { BarrierEvent } from '../ports/barrier.ts';
import type { VisionEvent } from '../vision/vision-event.ts';
import { BarrierInputs } from './barrier-inputs.ts';
import { JournalKeeper } from './journal-keeper.ts';
import type { LaneRunnerDeps } from './lane-deps.ts';
import type { CardInput, Instant, LaneEffect, LaneInput } from './lane-input.ts';
import { type LaneEvent, LaneNews } from './lane-news.ts';
import {
  initialLane,
  type LaneState,
  type Passage,
  type Recent,
  type SubjectKeys,
} from './lane-state.ts';
import { REFUSALS, type Refusal, type Source, type StaffAction } from './lane-words.ts';
import type { LaneOpenings } from './openings-state.ts';
import { OutwardSignals } from './outward-signals.ts';
import { type LaneSnapshot, snapshotOf } from './snapshot.ts';
import { stepLane } from './step-lane.ts';
import { Verdicts } from './verdicts.ts';
import { visionInput } from './vision-inputs.ts';

export type { LaneEvent } from './lane-news.ts';

const TICK_MS = 250;

/** How a document came. */
type Shown = Pick<
  Extract<LaneInput, { kind: 'presented' }>,
  'source' | 'sighting' | 'openedBy' | 'startedAtMonoMs'
>;
const SLIP = /^[0-9]{8}-[0-9]{6}$/;
const SHOWN = { sighting: null, openedBy: null } as const;

/** Carries a lane's effects out: asks registers and rules, writes the journal, then opens and signals, in that order. */
export class LaneRunner {
  readonly #deps: LaneRunnerDeps;
  readonly #keeper: JournalKeeper;
  readonly #signals: OutwardSignals;
  readonly #verdicts: Verdicts;
  readonly #stop = new AbortController();
  readonly #news = new LaneNews();
  readonly #barrier: BarrierInputs;
  readonly #inputs: LaneInput[] = [];
  readonly #waitForTurn: (() => void)[] = [];
  #draining = false;
  #refusal: Refusal | null = null;
  #state: LaneState;

  constructor(deps: LaneRunnerDeps) {
    const { settings, policy, limits, registers, software, journal, clock, time, signals } = deps;
    this.#deps = deps;
    this.#state = initialLane(this.#now(), journal.openings());
    const { lane, direction } = settings;
    this.#barrier = new BarrierInputs(settings);
    this.#keeper = new JournalKeeper({
      journal,
      context: {
        ...{ lane, direction, software },
        get policyVersion() {
          return policy.version;
        },
      },
      time: () => ({ nowMs: time.nowMs(), interval: time.interval() }),
      monoMs: () => clock.monoMs(),
      tell: (told) => this.#news.tell(told),
    });
    const interval = () => time.interval();
    this.#verdicts = new Verdicts({ policy, limits, registers, interval });
    this.#signals = new OutwardSignals(signals, this.#stop.signal, (deviceId) =>
      this.#tell({ event: 'signal-fault', deviceId }),
    );
  }

  /** Ticks until `signal` aborts. */
  async run(signal: AbortSignal): Promise<void> {
    this.#signals.show(this.#state.outward);
    while (!signal.aborted) {
      this.tick();
      for (const told of this.#waitForTurn.splice(0)) told();
      await this.#deps.clock.sleep(TICK_MS, signal);
    }
    this.#stop.abort();
  }

  /** Resolves once the lane's own loop has come round again; never where it hangs. */
  turned(): Promise<void> {
    return new Promise((resolve) => this.#waitForTurn.push(resolve));
  }

  /** A payload as a camera, scanner or program delivered it; `startedAtMonoMs` is when it was there to be understood. */
  present(bytes: Uint8Array, source: Source, startedAtMonoMs: number): void {
    const document = parsePresentation(bytes, this.#parseContext());
    this.#take(document, { ...SHOWN, source, startedAtMonoMs });
  }

  /** What an officer typed. */
  presentTyped(text: string, startedAtMonoMs: number): void {
    const document = parseTyped(text, this.#parseContext());
    this.#take(document, { ...SHOWN, source: 'typed', startedAtMonoMs });
  }

  /**
   * The number behind a line of the paper book, typed afterwards; `text` null: the person had none. Null when it is
   * recorded, else why not.
   */
  reconcile(slip: string, text: string | null): Refusal | null {
    if (!SLIP.test(slip)) return refusalOf('paper.slip');
    const { officer } = this.#state;
    if (officer === null && this.#deps.settings.officerRequired) return refusalOf('officer.none');
    if (this.#keeper.condition().state !== 'writing') return refusalOf('paper.not-writing');
    if (text === null) {
      this.#input({ kind: 'reconciled-without', slip });
      return null;
    }
    const document = parseTyped(text, this.#parseContext());
    if (document.kind === 'other') return refusalOf('paper.number');
    const keys = this.#keysOf(document.number, document.qid);
    const startedAtMonoMs = this.#deps.clock.monoMs();
    this.#input({ kind: 'reconciled', slip, document, keys, startedAtMonoMs });
    const writes = this.#keeper.condition().state === 'writing';
    return writes ? null : refusalOf('paper.not-writing');
  }

  vision(event: VisionEvent): void {
    if (event.kind !== 'code-shown') {
      this.#input(visionInput(event));
      return;
    }
    const { deviceId, code, track, frameAtMonoMs: startedAtMonoMs } = event;
    const bytes = code.text === null ? code.bytes : new TextEncoder().encode(code.text);
    const document = parsePresentation(bytes, this.#parseContext());
    const sighting = { deviceId, track };
    this.#take(document, { ...SHOWN, source: 'camera', sighting, startedAtMonoMs });
  }

  /** What a reader tells of the card that lies on it. */
  card(input: CardInput): void {
    this.#input(input);
  }

  /** A chip that was read; `openedBy` is the passage whose number opened it. */
  presentChip(
    fields: ChipFields,
    chip: ChipEvidence,
    checks: readonly Check[],
    how: Pick<Shown, 'openedBy' | 'startedAtMonoMs'>,
  ): void {
    const document = chipDocument(fields, chip, checks, this.#parseContext());
    this.#take(document, { ...SHOWN, source: 'reader', ...how });
  }

  /** Null when it was done, else why not. */
  staff(staff: StaffAction, officer: string | null): Refusal | null {
    this.#refusal = null;
    this.#input({ kind: 'staff', staff, officer });
    const refusal = this.#refusal;
    if (refusal !== null || staff.action !== 'confirm-time') return refusal;
    if (!this.#deps.time.confirm()) return refusalOf('time.before-floor');
    this.#input({ kind: 'time-confirmed', officer });
    return null;
  }

  /** Who is signed in from now on; null for nobody. */
  signIn(officer: string | null): void {
    this.#input({ kind: 'officer', officer });
  }

  /** What the lane's barrier felt. */
  barrier(event: BarrierEvent): void {
    const input = this.#barrier.of(event);
    if (input !== null) this.#input(input);
  }

  tick(): void {
    const before = this.#keeper.condition().state;
    this.#keeper.tick();
    this.#endStrays();
    this.#input({ kind: 'tick' });
    if (this.#keeper.condition().state !== before) this.#news.change();
    this.#news.deliver();
  }

  /** Name of the photograph that may be shown now. */
  shownPhoto(): string | null {
    return this.#state.card?.photo ?? null;
  }

  snapshot(): LaneSnapshot {
    return snapshotOf(this.#state, {
      lane: this.#deps.settings.lane,
      at: this.#now(),
      registers: this.#verdicts.registers(this.#state.ageingAcknowledged),
      journal: this.#keeper.condition(),
    });
  }

  /** For the shift's leader: what opened without a passage, and whom staff let go against the rules. */
  openings(): LaneOpenings {
    return this.#state.openings;
  }

  /** `listener` is called after every change of what `snapshot` would say, rests aside; the answer takes it off. */
  onChange(listener: () => void): () => void {
    return subscribe(this.#news.changed, listener);
  }

  /** Every passage once, when it has ended. */
  onOutcome(listener: (row: Recent) => void): () => void {
    return subscribe(this.#news.ended, listener);
  }

  onTold(listener: (event: LaneEvent) => void): () => void {
    return subscribe(this.#news.told, listener);
  }

  /** After a start and after a gap, so that no passage stays open for ever in the journal. */
  #endStrays(): void {
    const strays = this.#keeper.strays(this.#state.passages.map(({ sequence }) => sequence));
    if (strays === null || strays.sequences.length === 0) return;
    const kind = strays.since === 'start' ? 'restarted' : 'strays';
    this.#input({ kind, unfinished: strays.sequences });
  }

  #take(document: Document, how: Shown): void {
    if (document.kind === 'other') {
      const { sighting } = how;
      this.#input({ kind: 'presented-other', looksLike: document.looksLike, sighting });
      return;
    }
    const keys = this.#keysOf(document.number, document.qid);
    this.#input({ kind: 'presented', document, keys, ...how });
  }

  /** Steps the lane through the input and all that comes of it, then tells who looks on. */
  #input(input: LaneInput): void {
    this.#inputs.push(input);
    if (this.#draining) return;
    const before = this.#state;
    this.#draining = true;
    try {
      for (let next = this.#inputs.shift(); next !== undefined; next = this.#inputs.shift()) {
        const [state, effects] = stepLane(this.#state, next, this.#now(), this.#deps.settings);
        this.#state = state;
        for (const effect of effects) this.#carryOut(effect);
      }
    } finally {
      this.#draining = false;
    }
    if (this.#state !== before) this.#news.change();
    this.#news.deliver();
  }

  #carryOut(effect: LaneEffect): void {
    switch (effect.kind) {
      case 'decide': {
        const { ordinal, round } = effect;
        const verdict = this.#verdicts.of(effect);
        this.#inputs.push({ kind: 'decided', ordinal, round, verdict });
        break;
      }
      case 'read-card':
        this.#deps.cards?.read(effect.request);
        break;
      case 'record': {
        const { entry } = effect;
        const sequence = this.#keeper.write(entry);
        if (entry.type === 'amendment') {
          const { ordinal, round } = entry.passage;
          this.#inputs.push({ kind: 'amended', ordinal, round, isWritten: sequence !== null });
        }
        if (entry.type !== 'passage') break;
        this.#inputs.push({ kind: 'recorded', ordinal: entry.passage.ordinal, sequence });
        this.#tellDecided(entry.passage);
        break;
      }
      case 'open-barrier':
        void this.#open();
        break;
      case 'signal':
        this.#signals.show(effect.state);
        break;
      case 'tell':
        this.#news.tell(effect.told);
        break;
      case 'outcome':
        this.#news.end(effect.row);
        break;
      case 'refuse':
        this.#refusal = refusalOf(effect.code);
        break;
      default:
        effect satisfies never;
    }
  }

  #tellDecided({ ordinal, verdict, source, tookMs }: Passage): void {
    if (verdict === null) return;
    const { kind, test } = verdict;
    const reasons = verdict.reasons.map(({ code }) => code);
    this.#news.tell({ event: 'decided', ordinal, verdict: kind, reasons, source, test, tookMs });
  }

  async #open(): Promise<void> {
    try {
      await this.#deps.barrier?.open(this.#stop.signal);
      this.#tell({ event: 'barrier-opened' });
    } catch {
      this.#tell({ event: 'barrier-fault' });
    }
  }

  #keysOf(number: string | null, qid: string | null): SubjectKeys {
    const { subjectKey } = this.#deps;
    return {
      number: number === null ? null : subjectKey('number', number),
      qid: qid === null ? null : subjectKey('qid', qid),
    };
  }

  #parseContext(): ParseContext {
    const { latestMs, trust } = this.#deps.time.interval();
    return { latestDay: trust === 'unset' ? null : dayOf(latestMs) };
  }

  #now(): Instant {
    return { monoMs: this.#deps.clock.monoMs(), wallMs: this.#deps.time.nowMs() };
  }

  /** Of a device, whenever it answers. */
  #tell(event: LaneEvent): void {
    this.#news.tell(event);
    this.#news.deliver();
  }
}

function refusalOf(code: Refusal['code']): Refusal {
  return { code, message: REFUSALS[code] };
}

function subscribe<T>(listeners: Set<T>, listener: T): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
