import { performActiveAuthentication } from './active-authentication.ts';
import type { CardSession } from './card-session.ts';
import { chooseChipAuthentication, performChipAuthentication } from './chip-authentication.ts';
import {
  type ChipAuthenticationMapping,
  verifyChipAuthenticationMapping,
} from './chip-authentication-mapping.ts';
import type { RandomBytes } from './crypto/group.ts';
import { parseDg14 } from './lds/dg14.ts';
import { parseDg15 } from './lds/dg15.ts';
import { ProtocolError, understand } from './protocol-error.ts';
import { parseSecurityInfos, type SecurityInfos } from './security-infos.ts';
import type { ProofOutcome } from './trust/authenticity.ts';

/** A chip that loses its session over a proof is asked once more, in case it was the air. */
const TRIES_MAX = 2;
/** Keys that are none, where others are only not known here. */
const UNUSABLE_KEYS: readonly string[] = ['key.malformed', 'key.parameters'];

/** The proofs of one card over all sessions with it. Keys come only from groups whose hash matched the EF.SOD (security C1). */
export class ChipProofs {
  readonly #random: RandomBytes;
  #chipAuthentication: ProofOutcome = 'not-tried';
  #activeAuthentication: ProofOutcome = 'not-tried';
  /** Keys were changed, and nothing has come under the new ones. */
  #unconfirmed = false;
  #tries = { chip: 0, active: 0 };
  #signed: SecurityInfos | null = null;

  constructor(random: RandomBytes) {
    this.#random = random;
  }

  get chipAuthentication(): ProofOutcome {
    return this.#chipAuthentication;
  }

  get activeAuthentication(): ProofOutcome {
    return this.#activeAuthentication;
  }

  /** Whether the chip took part in a change of keys that no answer has confirmed yet. */
  get unconfirmed(): boolean {
    return this.#unconfirmed;
  }

  /** Of verified EF.DG14. */
  get signedInfos(): SecurityInfos | null {
    return this.#signed;
  }

  /** A new session: who is there has proven nothing yet. What was disproven stays so. */
  renew(): void {
    this.#unconfirmed = false;
    if (this.#chipAuthentication === 'passed') this.#chipAuthentication = 'not-tried';
    if (this.#activeAuthentication === 'passed') this.#activeAuthentication = 'not-tried';
  }

  /** A protected answer came that was right: under changed keys only the holder of the private key makes one (C1). */
  confirm(): void {
    if (this.#unconfirmed) this.#chipAuthentication = 'passed';
    this.#unconfirmed = false;
  }

  /** EF.DG14 or EF.DG15, which the SOD lists, cannot be had, or is not what was signed. */
  markUnusable(group: 14 | 15): void {
    if (group === 14) this.#chipAuthentication = 'unusable';
    else this.#activeAuthentication = 'unusable';
  }

  /** What `exchange` breaks of the protocol while nothing has come under changed keys, breaks the proof. Throws it on. */
  async watch<T>(exchange: () => Promise<T>): Promise<T> {
    try {
      return await exchange();
    } catch (error) {
      if (this.#unconfirmed && error instanceof ProtocolError) this.#chipAuthentication = 'failed';
      throw error;
    }
  }

  /** With the bytes of verified EF.DG14. Throws what the session throws. */
  async authenticateChip(
    session: CardSession,
    dg14: Uint8Array,
    mapping: ChipAuthenticationMapping | null,
  ): Promise<void> {
    if (this.#chipAuthentication !== 'not-tried') return;
    const signed = understand(() => parseSecurityInfos(parseDg14(dg14)));
    this.#signed = signed;
    const mapped =
      signed === null || mapping === null
        ? 'no-key'
        : verifyChipAuthenticationMapping(mapping, signed);
    if (mapped === 'no-key') await this.#changeKeys(session, signed);
    // What came since PACE came under keys that the mapping is bound to.
    else this.#chipAuthentication = mapped === 'proven' ? 'passed' : 'failed';
  }

  async #changeKeys(session: CardSession, signed: SecurityInfos | null): Promise<void> {
    const offer = signed === null ? null : chooseChipAuthentication(signed);
    if (offer?.kind !== 'possible') {
      this.#chipAuthentication =
        offer?.kind === 'none'
          ? 'not-offered'
          : offer?.kind === 'unsupported'
            ? 'unknown-algorithm'
            : 'unusable';
      return;
    }
    if (this.#tries.chip >= TRIES_MAX) return;
    this.#tries.chip++;
    try {
      const outcome = await performChipAuthentication(session, offer, this.#random);
      if (outcome.kind === 'refused') this.#chipAuthentication = 'failed';
      else this.#unconfirmed = true;
    } catch (error) {
      const last = this.#tries.chip >= TRIES_MAX;
      if (last && error instanceof ProtocolError) this.#chipAuthentication = 'failed';
      throw error;
    }
  }

  /** With the bytes of verified EF.DG15. Throws what the session throws. */
  async authenticateActively(session: CardSession, dg15: Uint8Array): Promise<void> {
    if (this.#activeAuthentication !== 'not-tried') return;
    const key = understand(() => parseDg15(dg15));
    if (key === null) {
      this.#activeAuthentication = 'unusable';
      return;
    }
    if (this.#tries.active >= TRIES_MAX) return;
    this.#tries.active++;
    const algorithm = this.#signed?.activeAuthentication[0]?.signatureAlgorithm ?? null;
    try {
      this.#activeAuthentication = proofOf(
        await performActiveAuthentication(session, key.publicKeyInfo, algorithm, this.#random),
      );
    } catch (error) {
      const last = this.#tries.active >= TRIES_MAX;
      if (last && error instanceof ProtocolError) this.#activeAuthentication = 'failed';
      throw error;
    }
    this.confirm();
  }
}

function proofOf(outcome: Awaited<ReturnType<typeof performActiveAuthentication>>): ProofOutcome {
  switch (outcome.kind) {
    case 'proven':
      return 'passed';
    case 'failed':
    case 'refused':
      return 'failed';
    case 'unsupported':
      return UNUSABLE_KEYS.includes(outcome.code) ? 'unusable' : 'unknown-algorithm';
    default:
      return outcome satisfies never;
  }
}
