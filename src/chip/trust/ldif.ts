import { ProtocolError } from '../protocol-error.ts';

/** What an entry of ICAO's Public Key Directory holds, as it came. Nothing of it is signed by being in the file. */
export type LdifObject = {
  readonly kind: 'certificate' | 'crl' | 'master-list';
  readonly bytes: Uint8Array;
  /** Line of the file on which it begins, from 1. */
  readonly line: number;
};

/** ICAO's largest export has about 80 MB. */
export const LDIF_BYTES_MAX = 128 * 1_024 * 1_024;
/** Of one folded value: a master list in base64. */
const VALUE_CHARACTERS_MAX = 48 * 1_024 * 1_024;
const OBJECTS_MAX = 100_000;

const KINDS: Readonly<Record<string, LdifObject['kind']>> = {
  'usercertificate;binary': 'certificate',
  'cacertificate;binary': 'certificate',
  'certificaterevocationlist;binary': 'crl',
  pkdmasterlistcontent: 'master-list',
  'pkdmasterlistcontent;binary': 'master-list',
  cscamasterlistdata: 'master-list',
  'cscamasterlistdata;binary': 'master-list',
};

/**
 * Certificates, CRLs and master lists of an LDIF file (RFC 2849) one by one: other attributes are passed over. Throws
 * ProtocolError `ldif.*`, naming the line.
 */
export function* readLdif(bytes: Uint8Array): Generator<LdifObject> {
  if (bytes.length > LDIF_BYTES_MAX) {
    throw new ProtocolError(
      'ldif.size',
      `a file of ${bytes.length} bytes: ${LDIF_BYTES_MAX} at most`,
    );
  }
  let objects = 0;
  for (const { text, line } of logicalLines(bytes)) {
    const object = readAttribute(text, line);
    if (object === null) continue;
    if (objects++ >= OBJECTS_MAX) throw wrong('ldif.too-many', line, `more than ${OBJECTS_MAX}`);
    yield object;
  }
}

function readAttribute(text: string, line: number): LdifObject | null {
  const colon = text.indexOf(':');
  const kind = KINDS[text.slice(0, Math.max(colon, 0)).toLowerCase()];
  if (kind === undefined) return null;
  if (text[colon + 1] !== ':') throw wrong('ldif.encoding', line, 'base64 after "::" expected');
  const value = text.slice(colon + 2).trim();
  // Buffer.from passes over what is no base64: here that is a damaged file.
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(value) || value.length % 4 !== 0) {
    throw wrong('ldif.encoding', line, 'this is no base64');
  }
  return { kind, bytes: Uint8Array.from(Buffer.from(value, 'base64')), line };
}

/** RFC 2849, notes 2 and 9: a line that begins with a space goes on with the one before; `#` is for people. */
function* logicalLines(bytes: Uint8Array): Generator<{ text: string; line: number }> {
  let parts: string[] = [];
  let characters = 0;
  let begin = 1;
  for (const { text, line } of physicalLines(bytes)) {
    if (text.startsWith(' ') && parts.length > 0) {
      parts.push(text.slice(1));
      characters += text.length - 1;
      if (characters > VALUE_CHARACTERS_MAX) {
        throw wrong('ldif.value', begin, `a value of more than ${VALUE_CHARACTERS_MAX} characters`);
      }
      continue;
    }
    if (isAttribute(parts)) yield { text: parts.join(''), line: begin };
    [parts, characters, begin] = [[text], text.length, line];
  }
  if (isAttribute(parts)) yield { text: parts.join(''), line: begin };
}

function isAttribute([first = '']: readonly string[]): boolean {
  return first !== '' && !first.startsWith('#');
}

function* physicalLines(bytes: Uint8Array): Generator<{ text: string; line: number }> {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = 0, line = 1; at < buffer.length; line++) {
    const newline = buffer.indexOf(0x0a, at);
    const end = newline === -1 ? buffer.length : newline;
    yield { text: buffer.toString('latin1', at, end).replace(/\r$/, ''), line };
    at = end + 1;
  }
}

function wrong(code: string, line: number, problem: string): ProtocolError {
  return new ProtocolError(code, `LDIF, line ${line}: ${problem}`);
}
