import type { CardReading } from '../chip/card-reading.ts';
import { type CardResult, resultOf } from '../chip/card-result.ts';
import { authenticate } from '../chip/trust/passive-authentication.ts';
import type { TrustStore } from '../chip/trust/trust-store.ts';
import { type ChipFields, NO_CHIP_FIELDS } from '../documents/chip-card.ts';
import type { Check, ChipEvidence, ChipProof } from '../documents/document.ts';
import type { CardProblem } from './card-state.ts';

/** What a station trusts, and that under one name. */
export type Trust = { readonly store: TrustStore; readonly version: string };

export type JudgedCard =
  | {
      readonly kind: 'read';
      readonly fields: ChipFields;
      readonly chip: ChipEvidence;
      /** Whether the card agrees with itself. */
      readonly cardChecks: readonly Check[];
    }
  | { readonly kind: 'failed'; readonly problem: CardProblem };

/** What stands whatever was still to be read: every proof has been made by then, or the card was found out. */
const FINAL: ReadonlySet<ChipProof> = new Set<ChipProof>(['genuine', 'altered', 'cloned']);
/** Of another kind of document these say nothing that a lane could use. */
const OF_ITS_ISSUER: ReadonlySet<ChipProof> = new Set<ChipProof>([
  'genuine',
  'chip-not-proven',
  'issuer-unknown',
]);

/** What a lane makes of a card's reading (security C1, C3). `latestMs`: nothing is in force that may have ended by then. */
export function judgeCard(reading: CardReading, trust: Trust, latestMs: number): JudgedCard {
  const result = resultOf(reading);
  const { state, checks, purpose } = authenticate(trust.store, result.evidence, latestMs);
  const isIdentityCard = purpose === 'cccd';
  const proof = isIdentityCard || !OF_ITS_ISSUER.has(state) ? state : 'unverifiable';
  if (reading.ended !== 'complete' && !FINAL.has(proof)) {
    return { kind: 'failed', problem: problemOf(reading) };
  }
  return {
    kind: 'read',
    fields: result.fields ?? NO_CHIP_FIELDS,
    chip: {
      proof,
      checks: [
        ...checks,
        { code: 'card.identity', outcome: identityOutcome(result, isIdentityCard) },
        strongAccess(result),
      ],
      trustVersion: trust.version,
    },
    cardChecks: result.checks,
  };
}

function problemOf({ ended, access }: CardReading): CardProblem {
  if (ended === 'no-access') return access.problem ?? 'refused';
  return ended === 'deadline' ? 'deadline' : 'lost';
}

function identityOutcome({ evidence }: CardResult, isIdentityCard: boolean): Check['outcome'] {
  if (evidence.document === null) return 'impossible';
  return isIdentityCard ? 'passed' : 'failed';
}

/** BAC where the card offered PACE: an eavesdropper has it easier, and the data is as good as ever (security C5). */
function strongAccess({ access }: CardResult): Check {
  return { code: 'card.access-strong', outcome: access.weaker ? 'failed' : 'passed' };
}
