import { TAG } from '../der.ts';
import { ProtocolError, understand } from '../protocol-error.ts';
import { readTlv } from '../tlv.ts';
import { type Certificate, parseCertificate, sha256 } from './certificate.ts';
import { parseCrl } from './crl.ts';
import { readLdif } from './ldif.ts';
import { type MasterList, readMasterList } from './master-list.ts';
import {
  type AddOutcome,
  addAnchor,
  addCrl,
  type Purpose,
  type TrustStore,
} from './trust-store.ts';

export type ImportQuestion = {
  /** Name of the file, for the store's `source`. */
  readonly name: string;
  readonly purpose: Purpose;
  /** SHA-256 of the file as the operator typed it, or null. */
  readonly sha256: string | null;
  /** ISO 8601 day. */
  readonly addedDay: string;
  readonly nowMs: number;
  /** SHA-256 of SubjectPublicKeyInfos whose private keys are published. */
  readonly deniedKeys: ReadonlySet<string>;
};

export type ImportReport = {
  readonly store: TrustStore;
  readonly sha256: string;
  readonly added: readonly Certificate[];
  readonly crlsAdded: number;
  readonly present: number;
  /** Certificates of an LDIF file that are no CAs: the directory's document signers. */
  readonly passedOver: number;
  /** What was not taken in, and why; `what` is a subject's name, a place, a kind. */
  readonly refused: readonly { readonly what: string; readonly code: string }[];
  /** As judged, for the operator to see what its signature was worth. */
  readonly masterLists: readonly MasterList[];
};

const PEM_BEGIN = '-----BEGIN ';
const PEM_END = '-----END ';
const PEM_LABEL = /^([A-Z0-9 ]{1,40})-----/;
const PEM_BLOCK = /^([A-Z0-9 ]{1,40})-----([A-Za-z0-9+/=\s]*)-----END \1-----/;
const PEM_BLOCKS_MAX = 5_000;
const PEM_BYTES_MAX = 32 * 1_024 * 1_024;
const INDEFINITE = 0x80;

type PemBlock = { readonly label: string } & (
  | { readonly body: string }
  | { readonly problem: ProtocolError }
);

/**
 * Takes a file into the store: certificates and CRLs (DER, PEM), master lists (CMS), directory exports (LDIF), told apart by
 * what they hold. A certificate file is the operator's word; master lists count by their signer or a typed SHA-256, and the CAs
 * an LDIF file has outside of master lists by the latter only (security C6). Throws ProtocolError for a file of no such kind, as one
 * is that holds a private key only.
 */
export function importTrustFile(
  store: TrustStore,
  bytes: Uint8Array,
  question: ImportQuestion,
): ImportReport {
  const importer = new Importer(store, question, sha256(bytes));
  const head = Buffer.from(bytes.subarray(0, 4_096)).toString('latin1');
  if (bytes[0] === TAG.sequence) importer.takeDer(bytes, question.sha256);
  else if (head.includes(PEM_BEGIN)) importer.takePem(bytes);
  else if (/^(version|dn|#)/im.test(head)) importer.takeLdif(bytes);
  else {
    throw new ProtocolError(
      'import.kind',
      'a certificate or CRL (DER or PEM), a master list or an LDIF file expected',
    );
  }
  return importer.report();
}

class Importer {
  #store: TrustStore;
  readonly #question: ImportQuestion;
  readonly #sha256: string;
  readonly #added: Certificate[] = [];
  readonly #refused: { what: string; code: string }[] = [];
  readonly #masterLists: MasterList[] = [];
  #crlsAdded = 0;
  #present = 0;
  #passedOver = 0;

  constructor(store: TrustStore, question: ImportQuestion, digest: string) {
    this.#store = store;
    this.#question = question;
    this.#sha256 = digest;
  }

  report(): ImportReport {
    return {
      store: this.#store,
      sha256: this.#sha256,
      added: this.#added,
      crlsAdded: this.#crlsAdded,
      present: this.#present,
      passedOver: this.#passedOver,
      refused: this.#refused,
      masterLists: this.#masterLists,
    };
  }

  /** Throws ProtocolError when it is neither of the three. */
  takeDer(der: Uint8Array, typedSha256: string | null): void {
    const crl = understand(() => parseCrl(der));
    if (isSignedData(der)) this.#takeMasterList(der, typedSha256);
    else if (crl !== null) this.#count(addCrl(this.#store, crl), 'CRL');
    else this.#pin(parseCertificate(der), this.#question.name);
  }

  takePem(bytes: Uint8Array): void {
    if (bytes.length > PEM_BYTES_MAX) {
      throw new ProtocolError('import.size', `PEM of at most ${PEM_BYTES_MAX} bytes expected`);
    }
    const blocks = readPem(Buffer.from(bytes).toString('latin1'));
    const problems = blocks.flatMap((block) => ('problem' in block ? [block.problem] : []));
    const [first] = problems;
    if (first !== undefined && problems.length === blocks.length) throw first;
    for (const block of blocks) {
      this.#try(block.label, () => {
        if ('problem' in block) throw block.problem;
        this.takeDer(Uint8Array.from(Buffer.from(block.body, 'base64')), null);
      });
    }
  }

  /** Master lists first: CRLs need the anchors that come with them. */
  takeLdif(bytes: Uint8Array): void {
    const typed = this.#question.sha256?.toLowerCase() === this.#sha256;
    for (const { kind, bytes: der, line } of readLdif(bytes)) {
      const what = `line ${line}`;
      if (kind === 'certificate') this.#try(what, () => this.#takeListed(der, typed));
      if (kind !== 'master-list') continue;
      this.#try(what, () => this.#takeMasterList(der, typed ? sha256(der) : null));
    }
    for (const { kind, bytes: der, line } of readLdif(bytes)) {
      if (kind !== 'crl') continue;
      this.#try(`line ${line}`, () =>
        this.#count(addCrl(this.#store, parseCrl(der)), `line ${line}`),
      );
    }
  }

  #takeListed(der: Uint8Array, typed: boolean): void {
    const certificate = parseCertificate(der);
    if (certificate.basicConstraints?.ca !== true) this.#passedOver++;
    else if (typed) this.#pin(certificate, this.#question.name);
    else this.#refused.push({ what: certificate.subject.text, code: 'import.not-vouched-for' });
  }

  #takeMasterList(bytes: Uint8Array, typedSha256: string | null): void {
    const { purpose, nowMs } = this.#question;
    const list = readMasterList(bytes, this.#store, { purpose, nowMs, sha256: typedSha256 });
    this.#masterLists.push(list);
    if (list.accepted === null) {
      this.#refused.push({ what: 'master list', code: 'master-list.not-vouched-for' });
      return;
    }
    for (const { index, code } of list.unreadable) {
      this.#refused.push({ what: `master list, certificate ${index}`, code });
    }
    for (const certificate of list.certificates) {
      this.#pin(certificate, `${this.#question.name} ${list.sha256}`);
    }
  }

  #pin(certificate: Certificate, source: string): void {
    const { purpose, addedDay, deniedKeys } = this.#question;
    const outcome = addAnchor(
      this.#store,
      { certificate, purpose, source: source.slice(0, 200), addedDay },
      deniedKeys,
    );
    if (outcome.kind === 'added') this.#added.push(certificate);
    this.#count(outcome, certificate.subject.text);
  }

  #count(outcome: AddOutcome, what: string): void {
    switch (outcome.kind) {
      case 'refused':
        this.#refused.push({ what, code: outcome.code });
        break;
      case 'present':
        this.#present++;
        break;
      case 'added':
        if (outcome.store.crls !== this.#store.crls) this.#crlsAdded++;
        this.#store = outcome.store;
        break;
      default:
        outcome satisfies never;
    }
  }

  #try(what: string, take: () => void): void {
    try {
      take();
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      this.#refused.push({ what, code: error.code });
    }
  }
}

/** Throws ProtocolError for more blocks than any list has. */
function readPem(text: string): readonly PemBlock[] {
  const [, ...blocks] = text.split(PEM_BEGIN, PEM_BLOCKS_MAX + 2);
  if (blocks.length > PEM_BLOCKS_MAX) {
    throw new ProtocolError('import.too-many', `more than ${PEM_BLOCKS_MAX} PEM blocks`);
  }
  return blocks.map(readPemBlock);
}

/** From behind its BEGIN to before the next one. */
function readPemBlock(text: string): PemBlock {
  const label = PEM_LABEL.exec(text)?.[1] ?? 'PEM';
  const problem = (code: string, message: string): PemBlock => ({
    label,
    problem: new ProtocolError(code, `a certificate or list expected: ${message}`),
  });
  if (label.endsWith('PRIVATE KEY')) {
    return problem(
      'import.private-key',
      'this is a private key, not a certificate: never copy it to a station; import the certificate',
    );
  }
  const body = PEM_BLOCK.exec(text)?.[2];
  if (body !== undefined) return { label, body };
  return text.includes(PEM_END)
    ? problem('import.pem', `${label} does not hold base64 between BEGIN and END: export it again`)
    : problem('import.cut-off', `${label} is cut off, its END is missing: copy the file again`);
}

/** ContentInfo begins with an object identifier, certificates and CRLs with what is signed. */
function isSignedData(der: Uint8Array): boolean {
  if (der[1] === INDEFINITE) return true;
  return understand(() => readTlv(readTlv(der).value))?.tag === TAG.oid;
}
