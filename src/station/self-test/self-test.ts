import type { IdentityDocument } from '../../documents/document.ts';
import { parsePresentation } from '../../documents/parse-presentation.ts';
import { dayOf } from '../../kernel/calendar.ts';
import type { TimeInterval } from '../../kernel/time-interval.ts';
import type { RegisterHit, Registers } from '../../registers/lookup.ts';
import { askRegisters } from '../../rules/ask-registers.ts';
import { decide } from '../../rules/decide.ts';
import { NO_CARD_FINDINGS } from '../../rules/situation.ts';
import type { VerdictKind } from '../../rules/verdict.ts';
import type { DecoderPool } from '../../vision/decoder-pool.ts';
import { BAD_CODE, frameOf, GOOD_CODE, type KnownCode } from './known-codes.ts';

/** What is wrong with a station that does not understand what it knows. */
export type SelfTestFault =
  | 'self-test.no-decoder'
  | 'self-test.good-not-read'
  | 'self-test.good-not-understood'
  | 'self-test.bad-accepted'
  | 'self-test.red-missed';

/** An instant of its own: what the station believes of the time is told elsewhere. */
const NOON_MS = Date.UTC(2026, 0, 15, 5);
const TIME: TimeInterval = { earliestMs: NOON_MS, latestMs: NOON_MS, trust: 'carried' };
const POLICY = { version: 0, registers: ['f0'], requireChip: false };
const LIMITS = { f0: { ageingMs: 3_600_000, expiredMs: 7_200_000 } };
const LISTED: RegisterHit = {
  ...{ register: 'f0', status: 'active', source: 'self-test' },
  ...{ fromDay: dayOf(NOON_MS) - 1, untilDay: dayOf(NOON_MS) + 1 },
};

type Decoding = Pick<DecoderPool, 'decode'>;

/** A clear code in a small picture takes 2 ms; a decoder that needs more filters than that has no use for a gate. */
const BUDGET_MS = 200;

/**
 * Shows the station a known-good and a known-bad code by the way that people's codes go: decoder, documents, rules. Only
 * camera, registers and journal stand aside: the lists are made up here, so that the answer is known too. Null: all as it
 * must be.
 */
export async function selfTest(pool: Decoding): Promise<SelfTestFault | null> {
  const good = await read(pool, GOOD_CODE);
  if (good === 'no-decoder') return 'self-test.no-decoder';
  if (good === null) return 'self-test.good-not-read';
  if (verdictOn(good, []) !== 'pass') return 'self-test.good-not-understood';
  if (verdictOn(good, [LISTED]) !== 'stop') return 'self-test.red-missed';
  const bad = await read(pool, BAD_CODE);
  if (bad === 'no-decoder') return 'self-test.no-decoder';
  return bad === null || verdictOn(bad, []) === 'pass' ? 'self-test.bad-accepted' : null;
}

/** Null: no code, or one that says something else than it should, or no identity. */
async function read(
  pool: Decoding,
  code: KnownCode,
): Promise<IdentityDocument | 'no-decoder' | null> {
  const outcome = await pool.decode(frameOf(code), {
    ...{ effort: 'fast', focus: null, furniture: [], earlier: null },
    ...{ budgetMs: BUDGET_MS, engine: 'zxing-wasm' },
  });
  if (outcome.kind === 'failed') return 'no-decoder';
  const [found] = outcome.reading.codes;
  if (found === undefined) return null;
  if (Buffer.from(found.bytes).toString('utf8') !== code.text) return null;
  const document = parsePresentation(found.bytes, { latestDay: dayOf(TIME.latestMs) });
  return document.kind === 'other' ? null : document;
}

function verdictOn(document: IdentityDocument, rows: readonly RegisterHit[]): VerdictKind {
  const time = TIME;
  const answers = askRegisters([document], POLICY, LIMITS, madeUp(rows), time);
  const situation = { time, policy: POLICY, registers: answers, repeat: null };
  return decide([document], { ...situation, cards: NO_CARD_FINDINGS }).kind;
}

/** A register that is as fresh as can be. */
function madeUp(rows: readonly RegisterHit[]): Registers {
  return {
    lookup: () => rows,
    condition: () => ({ state: 'usable', asOfMs: TIME.latestMs, version: 1 }),
    notices: () => [],
  };
}
