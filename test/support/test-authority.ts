import { createPublicKey, generateKeyPairSync, type KeyObject, X509Certificate } from 'node:crypto';
import {
  type CertificateOrder,
  issueCertificate,
  type Subject,
} from '../../src/hub/authority/issue-certificate.ts';

export type Issued = { readonly pem: string; readonly der: Uint8Array; readonly key: KeyObject };

type Term = { readonly fromMs: number; readonly untilMs: number };
type Who =
  | { readonly kind: 'authority' | 'station' }
  | { readonly kind: 'hub'; readonly hosts: readonly string[] };

const FOR_GOOD: Term = { fromMs: Date.UTC(2020, 0, 1), untilMs: Date.UTC(2049, 0, 1) };

/** A hub's CA as a test makes it. */
export class TestAuthority {
  readonly issued: Issued;
  readonly #subject: Subject;

  constructor(name = 'authority') {
    const key = newKey();
    this.#subject = { commonName: name, organization: 'test' };
    this.issued = {
      ...certified(this.#issue(key, key, this.#subject, FOR_GOOD, { kind: 'authority' })),
      key,
    };
  }

  /** The hub's own certificate, with the authority behind it as a hub shows it. */
  hub(hosts: readonly string[], term: Term = FOR_GOOD): Issued {
    const key = newKey();
    const subject = { commonName: 'hub', organization: 'test' };
    const leaf = certified(
      this.#issue(this.issued.key, key, subject, term, { kind: 'hub', hosts }),
    );
    return { ...leaf, pem: `${leaf.pem}\n${this.issued.pem}`, key };
  }

  /** A station's certificate with a key of its own. */
  station(id: string, region: string, term: Term = FOR_GOOD): Issued {
    const key = newKey();
    return { ...certified(this.certify(id, region, key, term)), key };
  }

  /** A station's certificate for the key that it asked for. */
  certify(id: string, region: string, publicKey: KeyObject, term: Term = FOR_GOOD): string {
    const subject = { commonName: id, organization: region };
    return this.#issue(this.issued.key, publicKey, subject, term, { kind: 'station' });
  }

  #issue(signer: KeyObject, publicKey: KeyObject, subject: Subject, term: Term, who: Who): string {
    const order: CertificateOrder = {
      ...{
        subject,
        publicKey: publicKey.type === 'private' ? createPublicKey(publicKey) : publicKey,
      },
      ...{ notBeforeMs: term.fromMs, notAfterMs: term.untilMs },
      ...who,
    };
    return issueCertificate({ subject: this.#subject, privateKey: signer }, order).pem;
  }
}

function certified(pem: string): Omit<Issued, 'key'> {
  return { pem, der: new Uint8Array(new X509Certificate(pem).raw) };
}

function newKey(): KeyObject {
  return generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
}
