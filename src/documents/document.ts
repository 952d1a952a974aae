/** Every sub-check ends in one of these, here and in verdicts (design: "everywhere outcome is ..."). */
export type CheckOutcome = 'passed' | 'failed' | 'skipped' | 'impossible';

export type Check = { readonly code: string; readonly outcome: CheckOutcome };

export type Sex = 'male' | 'female';

/** What the bytes turned out to be. The chip will add its own kind. */
export type IdentityKind = 'cccd-qr' | 'personal-qr' | 'health-insurance-qr' | 'typed-number';

/** Something that names a person. Fields that the document does not carry, or that were lost, are null. */
export type IdentityDocument = {
  readonly kind: IdentityKind;
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
