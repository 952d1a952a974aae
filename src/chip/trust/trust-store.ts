import { createHash } from 'node:crypto';
import { ProtocolError } from '../protocol-error.ts';
import { type Certificate, isSignedBy, parseCertificate } from './certificate.ts';
import { type Crl, isUsableCrl, parseCrl } from './crl.ts';

/** What an anchor may vouch for. Vietnam's passports and its identity cards have different roots (security C3). */
export type Purpose = 'passport' | 'cccd';

/** A country's signing CA that was pinned, or a link certificate with which one such CA vouches for the next. */
export type Anchor = {
  readonly certificate: Certificate;
  readonly purpose: Purpose;
  /** Where it came from: a file's name, a master list's SHA-256. */
  readonly source: string;
  /** ISO 8601 day. */
  readonly addedDay: string;
};

/** A value: every change makes another. At most one anchor for a certificate and a purpose, ascending. */
export type TrustStore = {
  readonly anchors: readonly Anchor[];
  readonly crls: readonly Crl[];
};

export type AddOutcome =
  | { readonly kind: 'added' | 'present'; readonly store: TrustStore }
  | { readonly kind: 'refused'; readonly code: RefusalCode };

export type RefusalCode =
  | 'anchor.denied'
  | 'anchor.not-ca'
  | 'anchor.key'
  | 'anchor.signature'
  | 'anchor.full'
  | 'crl.issuer-unknown'
  | 'crl.full';

export const EMPTY_TRUST_STORE: TrustStore = { anchors: [], crls: [] };

const FORMAT = 1;
const ANCHORS_MAX = 5_000;
const CRLS_MAX = 1_000;
const STORE_BYTES_MAX = 64 * 1_024 * 1_024;
const SOURCE_CHARACTERS_MAX = 200;
const DAY_MS = 86_400_000;

/**
 * Pins an anchor. Refused: a certificate that is no CA, whose key cannot be used, whose own signature does not verify, or
 * whose key (SHA-256 of its SubjectPublicKeyInfo) is denied because its private half is published (security C4).
 */
export function addAnchor(
  store: TrustStore,
  anchor: Anchor,
  deniedKeys: ReadonlySet<string>,
): AddOutcome {
  const { certificate } = anchor;
  if (deniedKeys.has(certificate.publicKeySha256))
    return { kind: 'refused', code: 'anchor.denied' };
  if (certificate.basicConstraints?.ca !== true) return { kind: 'refused', code: 'anchor.not-ca' };
  if (certificate.publicKey.kind === 'unusable') return { kind: 'refused', code: 'anchor.key' };
  const at = store.anchors.findIndex((own) => orderOf(own) >= orderOf(anchor));
  const next = store.anchors[at];
  if (next !== undefined && orderOf(next) === orderOf(anchor)) return { kind: 'present', store };
  if (isSelfSigned(certificate) && !isSignedBy(certificate, certificate)) {
    return { kind: 'refused', code: 'anchor.signature' };
  }
  if (store.anchors.length >= ANCHORS_MAX) return { kind: 'refused', code: 'anchor.full' };
  const place = at === -1 ? store.anchors.length : at;
  return { kind: 'added', store: { ...store, anchors: store.anchors.toSpliced(place, 0, anchor) } };
}

/** Without the anchors of that SHA-256 (of the certificate, lower-case hex), for one purpose or all. */
export function removeAnchor(
  store: TrustStore,
  sha256: string,
  purpose: Purpose | null = null,
): TrustStore {
  const anchors = store.anchors.filter(
    (anchor) =>
      anchor.certificate.sha256 !== sha256 || (purpose !== null && anchor.purpose !== purpose),
  );
  return { ...store, anchors };
}

/**
 * With this CRL, instead of an older one of its issuer. Refused: one that no anchor signed, for it would stand in the way of
 * one that does count.
 */
export function addCrl(store: TrustStore, crl: Crl): AddOutcome {
  const signed = store.anchors.some(({ certificate }) => isUsableCrl(crl, certificate));
  if (!signed) return { kind: 'refused', code: 'crl.issuer-unknown' };
  const own = store.crls.filter((each) => hasSameIssuer(each, crl));
  if (own.some(({ thisUpdateMs }) => thisUpdateMs >= crl.thisUpdateMs)) {
    return { kind: 'present', store };
  }
  if (store.crls.length - own.length >= CRLS_MAX) return { kind: 'refused', code: 'crl.full' };
  return { kind: 'added', store: withCrl(store, crl) };
}

function withCrl(store: TrustStore, crl: Crl): TrustStore {
  const others = store.crls.filter((each) => !hasSameIssuer(each, crl));
  return { ...store, crls: [...others, crl].sort((a, b) => (a.sha256 < b.sha256 ? -1 : 1)) };
}

function hasSameIssuer(a: Crl, b: Crl): boolean {
  return a.issuer.comparable === b.issuer.comparable && a.authorityKeyId === b.authorityKeyId;
}

/** SHA-256 of what is trusted and for what, lower-case hex: the store's version, which verdicts name. */
export function storeVersion({ anchors, crls }: TrustStore): string {
  const hash = createHash('sha256').update(`chip-trust-${FORMAT}\n`);
  for (const { purpose, certificate } of anchors) hash.update(`${purpose} ${certificate.sha256}\n`);
  for (const { sha256 } of crls) hash.update(`crl ${sha256}\n`);
  return hash.digest('hex');
}

/** Anchors that are past their validity, or will be within `withinDays`, soonest first. */
export function expiringAnchors(
  { anchors }: TrustStore,
  nowMs: number,
  withinDays: number,
): readonly Anchor[] {
  return anchors
    .filter(({ certificate }) => certificate.notAfterMs <= nowMs + withinDays * DAY_MS)
    .sort((a, b) => a.certificate.notAfterMs - b.certificate.notAfterMs);
}

/** JSON, one anchor or CRL a line, always the same for the same store. */
export function printTrustStore({ anchors, crls }: TrustStore): string {
  const lines = [
    ...anchors.map(({ certificate, ...rest }) => ({
      ...rest,
      certificate: base64(certificate.der),
    })),
    ...crls.map(({ der }) => ({ crl: base64(der) })),
  ];
  return [{ format: FORMAT }, ...lines].map((line) => `${JSON.stringify(line)}\n`).join('');
}

/** Throws ProtocolError `trust-store.*`, naming the line. Denied keys are refused here too. */
export function parseTrustStore(text: string, deniedKeys: ReadonlySet<string>): TrustStore {
  if (text.length > STORE_BYTES_MAX) throw wrong(1, `at most ${STORE_BYTES_MAX} characters`);
  const [head, ...lines] = text.split('\n').filter((line) => line !== '');
  const format = head === undefined ? null : readLine(head, 1)['format'];
  if (format !== FORMAT) {
    const came = typeof format === 'number' ? `format ${format}` : 'no format';
    throw wrong(1, `format ${FORMAT} expected, came ${came}`);
  }
  return lines.reduce<TrustStore>(
    (store, line, index) => withLine(store, readLine(line, index + 2), index + 2, deniedKeys),
    EMPTY_TRUST_STORE,
  );
}

function withLine(
  store: TrustStore,
  line: Readonly<Record<string, unknown>>,
  number: number,
  deniedKeys: ReadonlySet<string>,
): TrustStore {
  if (typeof line['crl'] === 'string') {
    if (store.crls.length >= CRLS_MAX) throw wrong(number, `at most ${CRLS_MAX} CRLs`);
    return withCrl(store, read(line['crl'], parseCrl, number));
  }
  const { certificate, purpose, source, addedDay } = line;
  const fieldsHold =
    typeof certificate === 'string' &&
    isPurpose(purpose) &&
    typeof source === 'string' &&
    source.length <= SOURCE_CHARACTERS_MAX &&
    typeof addedDay === 'string' &&
    /^\d{4}-\d{2}-\d{2}$/.test(addedDay);
  if (!fieldsHold) throw wrong(number, 'certificate, purpose, source, addedDay expected');
  const anchor = {
    certificate: read(certificate, parseCertificate, number),
    purpose,
    source,
    addedDay,
  };
  const outcome = addAnchor(store, anchor, deniedKeys);
  if (outcome.kind === 'refused') throw wrong(number, `no anchor: ${outcome.code}`);
  return outcome.store;
}

function isPurpose(value: unknown): value is Purpose {
  return value === 'passport' || value === 'cccd';
}

function read<T>(text: string, parse: (der: Uint8Array) => T, number: number): T {
  try {
    return parse(Uint8Array.from(Buffer.from(text, 'base64')));
  } catch (cause) {
    if (cause instanceof ProtocolError) throw wrong(number, cause.message, cause);
    throw cause;
  }
}

function readLine(line: string, number: number): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(line);
    if (typeof value === 'object' && value !== null) return { ...value };
  } catch (cause) {
    throw wrong(number, 'JSON expected', cause);
  }
  throw wrong(number, 'a JSON object expected');
}

function wrong(number: number, problem: string, cause?: unknown): ProtocolError {
  return new ProtocolError('trust-store.form', `trust store, line ${number}: ${problem}`, {
    cause,
  });
}

/** Link certificates name the CA too, and are signed with its former key. */
function isSelfSigned({ subject, issuer, subjectKeyId, authorityKeyId }: Certificate): boolean {
  const sameKey = authorityKeyId === null || authorityKeyId === subjectKeyId;
  return subject.comparable === issuer.comparable && sameKey;
}

function orderOf({ purpose, certificate }: Anchor): string {
  return `${purpose} ${certificate.sha256}`;
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64');
}
