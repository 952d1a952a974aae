/** Every sub-check ends in one of these, here and in verdicts (design: "everywhere outcome is ..."). */
export type CheckOutcome = 'passed' | 'failed' | 'skipped' | 'impossible';

export type Check = { readonly code: string; readonly outcome: CheckOutcome };

export type Sex = 'male' | 'female';

/** What the bytes of a code or a typed text turned out to be. */
export type PaperKind = 'cccd-qr' | 'personal-qr' | 'health-insurance-qr' | 'typed-number';

/** What names a person. Fields that the document does not carry, or that were lost, are null. */
type Named = {
  /** Exactly 12 ASCII digits. */
  readonly number: string | null;
  /** Numbers the document says the person had before (9-digit CMND, or 12 digits); hints, never keys. */
  readonly oldNumbers: readonly string[];
  /** The QID of the unified personal QR, or null. */
  readonly qid: string | null;
  /** NFC, as printed; null when it could not be recovered. */
  readonly name: string | null;
  /** ISO 8601, reduced where day or month are unknown: `2000-02-01`, `2000-02`, `2000`. */
  readonly birth: string | null;
  readonly sex: Sex | null;
  readonly residence: string | null;
  /** ISO 8601 calendar date. */
  readonly issued: string | null;
  /** Whether the text was damaged on its way and put right; how, say the checks `text.repaired.<profile>`. */
  readonly repaired: boolean;
  readonly checks: readonly Check[];
};

/** A claim: whatever anyone could have printed or typed. */
export type PaperDocument = Named & { readonly kind: PaperKind };

/** What a chip proved of itself and its data; anything but `genuine` is no proof. */
export type ChipProof =
  | 'genuine'
  | 'chip-not-proven'
  | 'issuer-unknown'
  | 'altered'
  | 'cloned'
  | 'unverifiable';

/** A chip card that was read. Its fields are worth what `chip.proof` says. */
export type ChipDocument = Named & {
  readonly kind: 'chip-card';
  /** ISO 8601 calendar date, or `never`; null when it was not there or not understood. */
  readonly expires: string | null;
  readonly chip: ChipEvidence;
};

export type ChipEvidence = {
  readonly proof: ChipProof;
  /** What `proof` follows from; judged there, and no reasons of their own. */
  readonly checks: readonly Check[];
  /** SHA-256 of what was trusted when it was judged, lower-case hex (security C6). */
  readonly trustVersion: string;
};

export type IdentityDocument = PaperDocument | ChipDocument;
export type IdentityKind = IdentityDocument['kind'];

/** Something that names nobody, and what it looks like. */
export type OtherCode = {
  readonly kind: 'other';
  readonly looksLike:
    | 'empty'
    | 'binary'
    | 'url'
    | 'health-certificate'
    | 'payment'
    | 'contact'
    | 'wifi'
    | 'nine-digits'
    | 'damaged-identity'
    | 'text';
  readonly checks: readonly Check[];
};

export type Document = IdentityDocument | OtherCode;
