import { NO_CHIP_FIELDS } from '../../src/documents/chip-card.ts';
import type { ChipProof, IdentityDocument, PaperDocument } from '../../src/documents/document.ts';
import type { CardRequest, LaneEffect, LaneEntry, LaneInput } from '../../src/lane/lane-input.ts';
import type { LaneSettings } from '../../src/lane/lane-settings.ts';
import { initialLane, type LaneState } from '../../src/lane/lane-state.ts';
import type { LaneAction, PassageAction } from '../../src/lane/lane-words.ts';
import { stepLane } from '../../src/lane/step-lane.ts';
import type { ReasonCode } from '../../src/rules/reasons.ts';
import type { Verdict, VerdictKind } from '../../src/rules/verdict.ts';

/** One thing that happens to the lane, drawn by chance. */
export type Happening =
  | { readonly kind: 'show'; readonly who: number; readonly seen: boolean }
  | { readonly kind: 'withdraw'; readonly who: number }
  | { readonly kind: 'wait'; readonly ms: number }
  | {
      readonly kind: 'staff';
      readonly action: PassageAction | LaneAction;
      /** Which of the lane's passages, counted from the oldest; null: whoever holds the screen. */
      readonly nth: number | null;
    }
  | { readonly kind: 'verdict'; readonly who: number; readonly verdict: VerdictKind }
  | { readonly kind: 'journal'; readonly writes: boolean }
  | { readonly kind: 'officer'; readonly officer: string | null }
  | { readonly kind: 'crossing' }
  /** A line of the paper book is entered. */
  | { readonly kind: 'reconcile'; readonly who: number }
  | { readonly kind: 'card'; readonly what: CardHappening };

/** What becomes of the card on the reader; one that is not being read can only be taken away. */
export type CardHappening =
  | 'lay'
  | 'lift'
  | 'part'
  | 'photo'
  | 'lost'
  | 'wrong'
  | 'genuine'
  | 'cloned';

export type Taken = {
  readonly before: LaneState;
  readonly input: LaneInput;
  readonly after: LaneState;
  readonly effects: readonly LaneEffect[];
};

/** The pure lane with the smallest world around it: rules that say what the test wants, a journal that writes or not. */
export class LaneMachine {
  readonly settings: LaneSettings;
  readonly entries: LaneEntry[] = [];
  readonly signals: string[] = [];
  state: LaneState = initialLane({ wallMs: 0, monoMs: 0 });
  monoMs = 0;
  writes = true;
  /** What a repeat is told as. */
  repeats: VerdictKind = 'check';
  /** Whether the rules answer at all. */
  answers = true;
  #sequence = 0;
  #insertions = 0;
  #request: CardRequest | null = null;
  readonly #verdicts = new Map<number, VerdictKind>();
  readonly #onStep: (taken: Taken) => void;

  constructor(settings: LaneSettings, onStep: (taken: Taken) => void) {
    this.settings = settings;
    this.#onStep = onStep;
  }

  happen(happening: Happening): void {
    switch (happening.kind) {
      case 'show':
        this.#show(happening.who, happening.seen);
        break;
      case 'withdraw':
        this.take({
          kind: 'code-left',
          sighting: { deviceId: 'cam-1', track: happening.who },
        });
        break;
      case 'wait':
        this.wait(happening.ms);
        break;
      case 'staff':
        this.staff(happening.action, happening.nth);
        break;
      case 'verdict':
        this.#verdicts.set(happening.who, happening.verdict);
        break;
      case 'journal':
        this.writes = happening.writes;
        break;
      case 'officer':
        this.take({ kind: 'officer', officer: happening.officer });
        break;
      case 'crossing':
        this.take({ kind: 'crossing' });
        break;
      case 'reconcile':
        this.#reconcile(happening.who);
        break;
      case 'card':
        this.#card(happening.what);
        break;
      default:
        happening satisfies never;
    }
  }

  wait(ms: number): void {
    for (let left = ms; left > 0; left -= 500) {
      this.monoMs += 500;
      this.take({ kind: 'tick' });
    }
  }

  staff(action: PassageAction | LaneAction, nth: number | null): void {
    const passages = this.state.passages;
    const ordinal = nth === null ? null : (passages[nth % passages.length]?.ordinal ?? null);
    this.take({ kind: 'staff', staff: { action, ordinal, reason: 'drawn' }, officer: 'mau' });
  }

  /** The input and everything that comes of it, in the runner's order. */
  take(first: LaneInput): void {
    const inputs = [first];
    for (let input = inputs.shift(); input !== undefined; input = inputs.shift()) {
      const before = this.state;
      const at = { monoMs: this.monoMs, wallMs: this.monoMs };
      const [after, effects] = stepLane(before, input, at, this.settings);
      this.state = after;
      for (const effect of effects) this.#carryOut(effect, inputs);
      this.#onStep({ before, input, after, effects });
    }
  }

  #show(who: number, seen: boolean): void {
    this.take({
      kind: 'presented',
      document: documentOf(who),
      keys: { number: `key-${who}`, qid: null },
      source: seen ? 'camera' : 'scanner',
      sighting: seen ? { deviceId: 'cam-1', track: who } : null,
      openedBy: null,
      startedAtMonoMs: this.monoMs,
    });
  }

  #reconcile(who: number): void {
    // Refused while nothing can be recorded.
    if (!this.writes) return;
    this.take({
      kind: 'reconciled',
      slip: this.state.paperLines[0]?.slip ?? '20261126-021307',
      document: documentOf(who),
      keys: { number: `key-${who}`, qid: null },
      startedAtMonoMs: this.monoMs,
    });
  }

  #card(what: CardHappening): void {
    const insertion = this.#insertions;
    if (what === 'lay') {
      this.#insertions += 1;
      this.#request = null;
      this.take({ kind: 'card-inserted', deviceId: 'reader-1', insertion: this.#insertions });
      return;
    }
    if (what === 'lift') {
      this.#request = null;
      this.take({ kind: 'card-removed', insertion });
      return;
    }
    const request = this.#request;
    if (request !== null) this.#read(request, what);
  }

  #read(request: CardRequest, what: Exclude<CardHappening, 'lay' | 'lift'>): void {
    const { insertion, ordinal, number } = request;
    const name = documentOf(Number(number)).name;
    switch (what) {
      case 'part':
        this.take({ kind: 'card-fields', insertion, fields: { ...NO_CHIP_FIELDS, name } });
        return;
      case 'photo':
        this.take({ kind: 'card-photo', insertion, photo: `of ${name}`, problem: null });
        return;
      case 'lost':
      case 'wrong': {
        this.#request = null;
        const problem = what === 'lost' ? 'lost' : 'number-does-not-open';
        this.take({ kind: 'card-ended', insertion, end: { kind: 'failed', problem } });
        return;
      }
      case 'genuine':
      case 'cloned':
        this.#request = null;
        this.take({
          ...{ kind: 'presented', document: chipOf(Number(number), what), source: 'reader' },
          ...{ keys: { number: `key-${Number(number)}`, qid: null }, sighting: null },
          openedBy: { ordinal, otherNumber: false },
          startedAtMonoMs: this.monoMs,
        });
        this.take({ kind: 'card-ended', insertion, end: { kind: 'read', proof: what } });
        return;
      default:
        what satisfies never;
    }
  }

  #carryOut(effect: LaneEffect, inputs: LaneInput[]): void {
    if (effect.kind === 'signal') this.signals.push(`${this.monoMs} ${effect.state}`);
    if (effect.kind === 'read-card') this.#request = effect.request;
    if (effect.kind === 'decide' && this.answers) {
      const { ordinal, round, documents, repeat } = effect;
      const wanted = this.#verdicts.get(whoOf(documents)) ?? 'pass';
      const kind = repeat !== null && wanted === 'pass' ? this.repeats : wanted;
      inputs.push({ kind: 'decided', ordinal, round, verdict: verdictOf(kind) });
    }
    if (effect.kind !== 'record') return;
    this.entries.push(effect.entry);
    if (effect.entry.type === 'amendment') {
      const { ordinal, round } = effect.entry.passage;
      inputs.push({ kind: 'amended', ordinal, round, isWritten: this.writes });
    }
    if (effect.entry.type !== 'passage') return;
    if (this.writes) this.#sequence += 1;
    const sequence = this.writes ? this.#sequence : null;
    inputs.push({ kind: 'recorded', ordinal: effect.entry.passage.ordinal, sequence });
  }
}

const REASONS: Readonly<Record<VerdictKind, ReasonCode | null>> = {
  pass: null,
  check: 'status.f1',
  stop: 'status.f0',
};

function verdictOf(kind: VerdictKind): Verdict {
  const code = REASONS[kind];
  return {
    kind,
    reasons: code === null ? [] : [{ code, hit: null, earlierAtMs: null, noticeEndMs: null }],
    checks: [],
    registers: [],
    proof: 'claim',
    trustVersion: null,
    test: false,
  };
}

/** Whose document it is: the number says it. */
function whoOf(documents: readonly IdentityDocument[]): number {
  return Number(documents[0]?.number ?? 0);
}

function chipOf(who: number, proof: ChipProof): IdentityDocument {
  const document = documentOf(who);
  const chip = { proof, checks: [], trustVersion: '00'.repeat(32) };
  return { ...document, kind: 'chip-card', expires: null, chip };
}

function documentOf(who: number): PaperDocument {
  return {
    kind: 'cccd-qr',
    number: String(who).padStart(12, '0'),
    oldNumbers: [],
    qid: null,
    name: `Person${who}.`,
    birth: '2000-02-01',
    sex: 'male',
    residence: null,
    issued: null,
    repaired: false,
    checks: [],
  };
}
