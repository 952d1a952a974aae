import { createPublicKey, generateKeyPairSync, type KeyObject, webcrypto } from 'node:crypto';
import { webKeys, X509_SIGNING, x509 } from '../../src/sync/protocol/x509.ts';

export type Issued = { readonly pem: string; readonly der: Uint8Array; readonly key: KeyObject };

type Term = { readonly fromMs: number; readonly untilMs: number };
const FOR_GOOD: Term = { fromMs: Date.UTC(2020, 0, 1), untilMs: Date.UTC(2049, 0, 1) };

/** A hub's CA as a test makes it. */
export class TestAuthority {
  readonly issued: Issued;
  readonly #name: string;
  #serial = 1;

  private constructor(issued: Issued, name: string) {
    this.issued = issued;
    this.#name = name;
  }

  static async make(name = 'authority'): Promise<TestAuthority> {
    const key = newKey();
    const certificate = await x509.X509CertificateGenerator.createSelfSigned({
      ...{ serialNumber: '01', name: `CN=${name}`, signingAlgorithm: X509_SIGNING },
      ...{ notBefore: new Date(FOR_GOOD.fromMs), notAfter: new Date(FOR_GOOD.untilMs) },
      keys: await webKeys(key),
      extensions: [new x509.BasicConstraintsExtension(true, 0, true)],
    });
    const der = new Uint8Array(certificate.rawData);
    return new TestAuthority({ pem: certificate.toString('pem'), der, key }, `CN=${name}`);
  }

  /** The hub's own certificate, with the authority behind it as a hub shows it. */
  async hub(names: readonly string[], term: Term = FOR_GOOD): Promise<Issued> {
    const san = new x509.SubjectAlternativeNameExtension(
      names.map((value) => ({ type: /^[0-9.]+$/.test(value) ? 'ip' : 'dns', value })),
    );
    const leaf = await this.#sign('CN=hub', newKey(), term, [san]);
    return { ...leaf, pem: `${leaf.pem}\n${this.issued.pem}` };
  }

  /** A station's certificate with a key of its own. */
  async station(id: string, region: string, term: Term = FOR_GOOD): Promise<Issued> {
    return this.#sign(`CN=${id}, O=${region}`, newKey(), term, []);
  }

  /** A certificate for a public key from a request. */
  async certify(name: string, publicKey: KeyObject, term: Term = FOR_GOOD): Promise<string> {
    const { pem } = await this.#sign(name, publicKey, term, []);
    return pem;
  }

  async #sign(
    subject: string,
    key: KeyObject,
    { fromMs, untilMs }: Term,
    extensions: readonly x509.Extension[],
  ): Promise<Issued> {
    const authority = await webKeys(this.issued.key);
    this.#serial++;
    const certificate = await x509.X509CertificateGenerator.create({
      ...{ serialNumber: this.#serial.toString(16).padStart(4, '0'), subject },
      ...{ issuer: this.#name, signingAlgorithm: X509_SIGNING },
      ...{ notBefore: new Date(fromMs), notAfter: new Date(untilMs) },
      publicKey: await publicOf(key),
      signingKey: authority.privateKey,
      extensions: [...extensions],
    });
    const der = new Uint8Array(certificate.rawData);
    return { pem: certificate.toString('pem'), der, key };
  }
}

function newKey(): KeyObject {
  return generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
}

async function publicOf(key: KeyObject): Promise<webcrypto.CryptoKey> {
  const spki = (key.type === 'private' ? createPublicKey(key) : key).export({
    ...{ type: 'spki', format: 'der' },
  });
  return webcrypto.subtle.importKey('spki', spki as Buffer, X509_SIGNING, true, ['verify']);
}
