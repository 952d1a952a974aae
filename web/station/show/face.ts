import type { CardView } from '../../../src/station/http/card-shape.ts';
import type { LaneView } from '../../../src/station/http/lane-shape.ts';
import type { PassageView } from '../../../src/station/http/passage-shape.ts';
import { clockTime } from '../../shared/dates.ts';
import type { GlyphName } from '../../shared/glyph.tsx';
import { isTextKey, type TextKey, type Translate } from '../../texts/texts.ts';
import { type CardWords, cardWords } from './card-words.ts';
import { slipText } from './paper.ts';
import { cardOf, type Proof, proofOf } from './proof.ts';
import { waitsFor } from './ways-in.ts';
import { sentencesOf } from './why.ts';

/** Colour of border and shape; `quiet` says nothing about a person. */
export type Tone = 'pass' | 'ageing' | 'check' | 'stop' | 'quiet' | 'closed' | 'dead';

/** What fills a lane's middle. `passage` only where a person is on the screen. */
export type Face = {
  readonly tone: Tone;
  readonly glyph: GlyphName;
  readonly word: string;
  readonly why: readonly string[];
  readonly action: string | null;
  readonly passage: PassageView | null;
  /** What the answer rests on; null without a person. */
  readonly proof: Proof | null;
  /** The card on the reader, where the answer is about it: this person's, or nobody's on the screen. */
  readonly card: CardView | null;
  /** A pass: how much longer it stays, and its share of the whole; else null. */
  readonly rest: { readonly ms: number; readonly share: number } | null;
};

export type Moment = {
  readonly dead: boolean;
  /** Whether the page ever heard of this lane in this session of the stream. */
  readonly nowMs: number;
  /** Since the lane's view came. */
  readonly sinceMs: number;
};

/** A rest is told when the pass begins; the ring is full at this much. */
const PASS_MS = 15_000;

/** What one lane shows now. Nothing outlives the line (security A5), and a pass not its expiry. */
export function faceOf(lane: LaneView, moment: Moment, t: Translate): Face {
  if (moment.dead) return deadFace(t);
  const { current } = lane;
  if (current !== null && !isOver(current, moment)) {
    if (lane.mode !== 'release' || isHeld(current))
      return passageFace(current, lane.card, moment, t);
  }
  if (lane.mode === 'closed') {
    return plain('closed', 'closed', 'mode.closed', t, { at: clockTime(lane.modeSinceMs) });
  }
  if (lane.mode === 'release') return plain('closed', 'release', 'mode.release', t);
  if (lane.notice !== null) return noticeFace(lane.notice, t);
  return lane.card === null ? idleFace(lane, t) : cardFace(lane.card, t);
}

/** A card on the reader that the lane's answer says nothing of: told in a line above it. */
export function strayCard({ card, mode }: LaneView, face: Face, t: Translate): CardWords | null {
  if (card === null || face.card !== null || face.tone === 'dead' || mode === 'closed') return null;
  return cardWords(card, t, { chipRead: face.passage?.documents.includes('chip-card') ?? false });
}

/** Waits for a person's decision: the only kind that holds the screen. */
export function isHeld({ verdict, staff }: PassageView): boolean {
  return verdict !== 'pass' && staff === null;
}

export function isAgeing({ verdict, reasons }: PassageView): boolean {
  return verdict === 'pass' && reasons.some(({ code }) => code === 'register.ageing');
}

/** What of a pass is left; null for what never expires. */
export function restOf({ restMs }: PassageView, { sinceMs }: Moment): number | null {
  return restMs === null ? null : Math.max(0, restMs - sinceMs);
}

function isOver(passage: PassageView, moment: Moment): boolean {
  return restOf(passage, moment) === 0;
}

export function deadFace(t: Translate): Face {
  return { ...plain('dead', 'dead', 'dead', t), why: [t('dead.why')], action: t('dead.do') };
}

export function connectingFace(t: Translate): Face {
  return {
    tone: 'dead',
    glyph: 'dashes',
    word: t('app.connecting'),
    why: [t('app.connecting.why')],
    action: null,
    ...NOBODY,
  };
}

const NOBODY = { passage: null, proof: null, card: null, rest: null } as const;

type Style = { readonly tone: Tone; readonly glyph: GlyphName; readonly word: TextKey };

const VERDICTS: Readonly<Record<PassageView['verdict'] | 'ageing', Style>> = {
  pass: { tone: 'pass', glyph: 'ring', word: 'verdict.pass' },
  ageing: { tone: 'ageing', glyph: 'diamond', word: 'verdict.ageing' },
  check: { tone: 'check', glyph: 'triangle', word: 'verdict.check' },
  stop: { tone: 'stop', glyph: 'octagon', word: 'verdict.stop' },
};

/** Shape and word of a verdict, ageing passes having their own. */
export function verdictStyle(passage: Pick<PassageView, 'verdict'>, ageing: boolean): Style {
  return VERDICTS[ageing ? 'ageing' : passage.verdict];
}

function passageFace(
  passage: PassageView,
  onReader: CardView | null,
  moment: Moment,
  t: Translate,
): Face {
  const restMs = restOf(passage, moment);
  const rest = restMs === null ? null : { ms: restMs, share: Math.min(1, restMs / PASS_MS) };
  const { tone, glyph, word } = verdictStyle(passage, isAgeing(passage));
  const proof = proofOf(passage, onReader, t);
  const card = cardOf(passage, onReader);
  const person = { passage, proof, card, rest };
  if (passage.staff === 'turned-back') {
    return {
      tone: 'quiet',
      glyph: 'return',
      word: t('verdict.turned-back'),
      why: [t('why.turned-back')],
      action: t('do.turned-back'),
      ...person,
    };
  }
  if (passage.staff === 'let-pass' && passage.verdict !== 'pass') {
    return {
      tone: 'quiet',
      glyph: 'gone',
      word: t('verdict.let-pass'),
      why: [t('why.let-pass', { verdict: t(word) })],
      action: t('do.let-pass'),
      ...person,
    };
  }
  const said = sentencesOf(passage, { nowMs: moment.nowMs, proof: proof.look, card }, t);
  return { tone, glyph, word: t(word), why: said.why, action: said.action, ...person };
}

function noticeFace({ kind, looksLike }: NonNullable<LaneView['notice']>, t: Translate): Face {
  if (kind !== 'other-code' && looksLike !== null) return paperFace(kind, looksLike, t);
  const face = plain('quiet', kind === 'lane-closed' ? 'closed' : 'dashes', kind, t);
  const looks = `looks.${looksLike ?? ''}`;
  return kind === 'other-code' && isTextKey(looks) ? { ...face, why: [t(looks)] } : face;
}

/** Of a line of the paper book; who is to be held has a shape that nobody takes for less. */
function paperFace(
  kind: NonNullable<LaneView['notice']>['kind'],
  slip: string,
  t: Translate,
): Face {
  const found = kind === 'reconciled-stop';
  return plain(found ? 'stop' : 'quiet', found ? 'octagon' : 'dashes', kind, t, {
    slip: slipText(slip),
  });
}

function idleFace({ hint, devices }: LaneView, t: Translate): Face {
  const told = `hint.${hint ?? ''}`;
  return {
    tone: 'quiet',
    glyph: 'idle',
    word: t('idle.word'),
    why: [isTextKey(told) ? t('idle.hint', { hint: t(told) }) : waitsFor(devices, t)],
    action: null,
    ...NOBODY,
  };
}

/** With nobody on the screen the card itself is the news. */
function cardFace(card: CardView, t: Translate): Face {
  const { word, why, action, wrong } = cardWords(card, t);
  const glyph = wrong ? 'card-wrong' : 'card';
  return { tone: 'quiet', glyph, word, why: [why], action, ...NOBODY, card };
}

/** A face whose three texts stand under one name. */
function plain(
  tone: Tone,
  glyph: GlyphName,
  name: string,
  t: Translate,
  params: Readonly<Record<string, string>> = {},
): Face {
  const say = (part: string): string[] => {
    const key = `${name}.${part}`;
    return isTextKey(key) ? [t(key, params)] : [];
  };
  return {
    tone,
    glyph,
    word: say('word')[0] ?? '',
    why: say('why'),
    action: say('do')[0] ?? null,
    ...NOBODY,
  };
}
