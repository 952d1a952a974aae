import { type CardIssuer, issuerOf, makeIssuer, type Validity } from './card-issuer.ts';
import type { CardSpec } from './card-spec.ts';

/** What may be wrong with a card's contents. Files are by identifier. */
export type CardFlaw =
  /** The files of another card, without its keys. */
  | { readonly kind: 'cloned' }
  /** Signed by an authority of the right name and country that nobody knows. */
  | { readonly kind: 'unknown-issuer' }
  | { readonly kind: 'expired-signer'; readonly days: Validity }
  /** One bit in the middle of the file is not what was signed. */
  | { readonly kind: 'altered'; readonly fileId: number }
  /** The file is gone; what is signed still speaks of it. */
  | { readonly kind: 'missing'; readonly fileId: number }
  /** The outermost length is wrong by so much. */
  | { readonly kind: 'wrong-length'; readonly fileId: number; readonly by: number }
  | { readonly kind: 'hostile-tlv'; readonly fileId: number; readonly shape: HostileShape };

export type HostileShape = 'deep' | 'endless-length' | 'indefinite' | 'long-tag' | 'many' | 'empty';

const NESTED = 600;
const SIBLINGS = 2_000;
/** So that the first head is believed: as long as the largest length a short form of two bytes has. */
const FILLER_BYTES = 256;

export function hasFlaw(flaws: readonly CardFlaw[], kind: CardFlaw['kind']): boolean {
  return flaws.some((flaw) => flaw.kind === kind);
}

/** The issuer in whose place the card was signed. */
export function flawedIssuer(issuer: CardIssuer, flaws: readonly CardFlaw[]): CardIssuer {
  if (hasFlaw(flaws, 'unknown-issuer')) return makeIssuer(issuer.authority.kind);
  const expired = flaws.find((flaw) => flaw.kind === 'expired-signer');
  if (expired?.kind !== 'expired-signer') return issuer;
  const { signerCertificate } = issuerOf({
    ...{ country: issuer.country, authorityKeys: issuer.authority, signerKeys: issuer.signer },
    ...{ authorityDays: expired.days, signerDays: expired.days },
  });
  return { ...issuer, signerCertificate };
}

type Files = Pick<CardSpec, 'masterFiles' | 'files'>;

export function flawedFiles({ masterFiles, files }: Files, flaws: readonly CardFlaw[]): Files {
  return { masterFiles: flawed(masterFiles, flaws), files: flawed(files, flaws) };
}

function flawed(
  files: ReadonlyMap<number, Uint8Array>,
  flaws: readonly CardFlaw[],
): ReadonlyMap<number, Uint8Array> {
  const result = new Map(files);
  for (const flaw of flaws) {
    const file = 'fileId' in flaw ? result.get(flaw.fileId) : undefined;
    if (file === undefined || !('fileId' in flaw)) continue;
    const changed = flawedFile(file, flaw);
    if (changed === null) result.delete(flaw.fileId);
    else result.set(flaw.fileId, changed);
  }
  return result;
}

function flawedFile(
  file: Uint8Array,
  flaw: Extract<CardFlaw, { fileId: number }>,
): Uint8Array | null {
  const copy = Uint8Array.from(file);
  switch (flaw.kind) {
    case 'missing':
      return null;
    case 'altered':
      return addTo(copy, copy.length >> 1, 1);
    case 'wrong-length':
      // The last byte of the outermost length: after 81, 82 or alone.
      return addTo(copy, 1 + ((copy[1] ?? 0) > 0x80 ? (copy[1] ?? 0) & 0x7f : 0), flaw.by);
    case 'hostile-tlv':
      return hostileBytes(copy[0] ?? 0x30, flaw.shape);
  }
}

function addTo(bytes: Uint8Array, index: number, by: number): Uint8Array {
  bytes[index] = (bytes[index] ?? 0) + by;
  return bytes;
}

function hostileBytes(tag: number, shape: HostileShape): Uint8Array {
  const filler = Buffer.alloc(FILLER_BYTES);
  switch (shape) {
    case 'deep': {
      const heads = Array.from({ length: NESTED }, (_, depth) => {
        const length = (NESTED - depth - 1) * 4;
        return [depth === 0 ? tag : 0x30, 0x82, length >> 8, length & 0xff];
      });
      return Uint8Array.from(heads.flat());
    }
    case 'endless-length':
      return Buffer.concat([Uint8Array.of(tag, 0x84, 0x7f, 0xff, 0xff, 0xff), filler]);
    case 'indefinite':
      return Buffer.concat([Uint8Array.of(tag, 0x80), filler]);
    case 'long-tag':
      return Buffer.concat([Uint8Array.of(0x7f), Buffer.alloc(FILLER_BYTES, 0xff)]);
    case 'many': {
      const length = SIBLINGS * 2;
      const head = Uint8Array.of(tag, 0x82, length >> 8, length & 0xff);
      return Buffer.concat([head, Buffer.alloc(length, Buffer.from('0500', 'hex'))]);
    }
    case 'empty':
      return Uint8Array.of(tag, 0x00);
  }
}
