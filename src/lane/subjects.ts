import type { IdentityDocument } from '../documents/document.ts';
import { sameNameAndBirth } from '../documents/person-name.ts';
import { DOCUMENTS_MAX, LATELY_MAX } from './lane-settings.ts';
import type { LaneState, Lately, Passage, SubjectKeys } from './lane-state.ts';
import type { Turn } from './turn.ts';

type Shown = { readonly document: IdentityDocument; readonly keys: SubjectKeys };

/**
 * The open passage that a presentation belongs to (design: verdicts): undecided, held or waiting at any age, given
 * within the joining time, or just turned back while the screen says so.
 */
export function openPassageOf(turn: Turn, shown: Shown): Passage | null {
  const candidates = turn.state.passages.filter(
    (passage) => isSameSubject(passage, shown) && takesPresentations(turn, passage),
  );
  return candidates.find(({ keys }) => keys.number === shown.keys.number) ?? candidates[0] ?? null;
}

/** When the same subject was here before, while that still counts as a repeat; null for a first time. */
export function earlierUse(turn: Turn, shown: Shown): { readonly earlierAtMs: number } | null {
  const live = turn.state.passages.findLast((passage) => isSameSubject(passage, shown));
  if (live !== undefined) return { earlierAtMs: live.decidedAtMs };
  const sinceMonoMs = turn.at.monoMs - turn.settings.repeatMs;
  const used = turn.state.lately.findLast(
    ({ key, atMonoMs }) => keysOf(shown.keys).includes(key) && atMonoMs > sinceMonoMs,
  );
  return used === undefined ? null : { earlierAtMs: used.atMs };
}

/** The list with this passage's subject added as used at its decision, and old uses forgotten. */
export function rememberUse(turn: Turn, { keys, decidedAtMs }: Passage): readonly Lately[] {
  const used = keysOf(keys);
  const kept = forgetOldUses(turn.state, turn.at.monoMs - turn.settings.repeatMs);
  return [
    ...kept.filter(({ key }) => !used.includes(key)),
    ...used.map((key) => ({ key, atMs: decidedAtMs, atMonoMs: turn.at.monoMs })),
  ].slice(-LATELY_MAX);
}

export function forgetOldUses({ lately }: LaneState, beforeMonoMs: number): readonly Lately[] {
  const [oldest] = lately;
  if (oldest === undefined || oldest.atMonoMs > beforeMonoMs) return lately;
  return lately.filter(({ atMonoMs }) => atMonoMs > beforeMonoMs);
}

/** The documents with one more, unless it says nothing new. */
export function withDocument(
  documents: readonly IdentityDocument[],
  document: IdentityDocument,
): readonly IdentityDocument[] {
  const shown = JSON.stringify(document);
  if (documents.some((other) => JSON.stringify(other) === shown)) return documents;
  // The first ones carry the number that everything was looked up by; the last place goes to what is newest.
  return [...documents.slice(0, DOCUMENTS_MAX - 1), document];
}

/** What two sights of one subject together are known by. */
export function mergeKeys(one: SubjectKeys, other: SubjectKeys): SubjectKeys {
  return { number: one.number ?? other.number, qid: one.qid ?? other.qid };
}

/** Equal number; or one lacks a number, and QID or folded name and birth date agree. */
function isSameSubject({ keys, documents }: Passage, shown: Shown): boolean {
  if (keys.number !== null && shown.keys.number !== null) return keys.number === shown.keys.number;
  if (keys.qid !== null && keys.qid === shown.keys.qid) return true;
  return documents.some((document) => sameNameAndBirth(document, shown.document));
}

function takesPresentations({ state, at, settings }: Turn, passage: Passage): boolean {
  const { stage } = passage;
  switch (stage.kind) {
    case 'deciding':
    case 'held':
    case 'queued':
      return true;
    case 'given':
      return at.monoMs - stage.sinceMonoMs < settings.joinMs;
    case 'settled':
      // Turned back, and the screen still says so: that is the answer to the code held up again.
      return state.front === passage.ordinal;
    default:
      return stage satisfies never;
  }
}

function keysOf({ number, qid }: SubjectKeys): string[] {
  return [number, qid].filter((key) => key !== null);
}
