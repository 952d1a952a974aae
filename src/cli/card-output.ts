import type { GroupOutcome } from '../chip/lds/data-group-hashes.ts';
import type { Authenticity } from '../chip/trust/passive-authentication.ts';
import { instantToIso } from '../kernel/calendar.ts';

/** What `chot card` prints of a chip: for people, 80 columns wide, or as JSON. */

const COLUMNS = 80;
const LABEL_COLUMNS = 15;

/** What a state means to somebody who has never heard of it. */
const MEANINGS: Readonly<Record<Authenticity['state'], string>> = {
  genuine: 'data and chip are genuine',
  'chip-not-proven': 'the data is as the issuer signed it; the chip may be a copy',
  'issuer-unknown': 'the signature holds; nobody trusted here vouches for its maker',
  altered: 'the data or its signature is not what the issuer made',
  unverifiable: 'the data cannot be verified; see the checks that failed',
  cloned: 'the chip could not prove that it is no copy',
};

export function authenticityShape(found: Authenticity, trustVersion: string) {
  const { state, signature, chain, hashes, checks, purpose, anchorSha256 } = found;
  return {
    ...{ authenticity: state, signature, chain, hashes, checks },
    ...{ purpose, anchor: anchorSha256, signer: signerShape(found), trustVersion },
  };
}

function signerShape({ signerCertificate: signer }: Authenticity) {
  if (signer === null) return null;
  const { subject, issuer, serial, sha256, notBeforeMs, notAfterMs } = signer;
  return {
    ...{ subject: subject.text, issuer: issuer.text, serial, sha256 },
    ...{ notBefore: instantToIso(notBeforeMs), notAfter: instantToIso(notAfterMs) },
  };
}

export function authenticityRows(found: Authenticity, trustVersion: string): string[] {
  const { state, signature, chain, hashes, checks, purpose, anchorSha256 } = found;
  const signer = found.signerCertificate;
  return [
    ...row('signature', signature),
    ...row('signer', signer === null ? '-' : `${signer.subject.text}, serial ${signer.serial}`),
    ...row('chain', chain),
    ...row(
      'anchor',
      anchorSha256 === null ? '-' : `${anchorSha256.slice(0, 16)} (chot trust list)`,
    ),
    ...row('judged as', purpose ?? 'unknown: DG1 is not there, or not as signed'),
    ...row('hashes', hashes),
    ...row('trust store', trustVersion.slice(0, 16)),
    ...checks.flatMap(({ code, outcome }) => row(`  ${outcome}`, code)),
    `${state}: ${MEANINGS[state]}`,
  ];
}

export function fileRow(name: string, bytes: number, hash: GroupOutcome | null): string {
  return `${name.padEnd(LABEL_COLUMNS)}${bytes} bytes${hash === null ? '' : `, hash ${hash}`}`;
}

/** A label and what it is about, further lines under the first. */
export function row(label: string, value: string): string[] {
  const indent = ' '.repeat(LABEL_COLUMNS);
  const [first = '', ...more] = lines(value, indent);
  return [`${label.padEnd(LABEL_COLUMNS)}${first.slice(LABEL_COLUMNS)}`, ...more];
}

/** Broken between words. What a card says cannot steer the terminal. */
function lines(text: string, indent: string): string[] {
  const found: string[] = [];
  let line = indent;
  for (const word of text.replace(/\p{C}/gu, '\ufffd').split(' ')) {
    const begins = line === indent;
    if (!begins && line.length + 1 + word.length > COLUMNS) {
      found.push(line);
      line = indent + word;
    } else line += begins ? word : ` ${word}`;
  }
  return [...found, line];
}
