import '../../kernel/reflect-metadata.ts';
import { createPublicKey, type KeyObject, webcrypto } from 'node:crypto';
import { cryptoProvider, Pkcs10CertificateRequestGenerator } from '@peculiar/x509';

/** The library, ready for use: it does not load before what the first line makes is there. */
export * as x509 from '@peculiar/x509';

/** How every certificate and request between station and hub is signed. */
export const X509_SIGNING = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;

cryptoProvider.set(webcrypto);

/** A PKCS #10 request for a station; its region is the hub's to say. `key`: private, P-256. */
export async function certificateRequest(
  station: string,
  key: KeyObject,
): Promise<{ readonly pem: string; readonly der: Uint8Array }> {
  const request = await Pkcs10CertificateRequestGenerator.create({
    name: `CN=${station}`,
    keys: await webKeys(key),
    signingAlgorithm: X509_SIGNING,
  });
  return { pem: request.toString('pem'), der: new Uint8Array(request.rawData) };
}

/** A private P-256 key and its public half as @peculiar/x509 takes them. */
export async function webKeys(key: KeyObject): Promise<webcrypto.CryptoKeyPair> {
  const { subtle } = webcrypto;
  const pkcs8 = key.export({ type: 'pkcs8', format: 'der' });
  const spki = createPublicKey(key).export({ type: 'spki', format: 'der' });
  return {
    privateKey: await subtle.importKey('pkcs8', pkcs8, X509_SIGNING, true, ['sign']),
    publicKey: await subtle.importKey('spki', spki, X509_SIGNING, true, ['verify']),
  };
}
