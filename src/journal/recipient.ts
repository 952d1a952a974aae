import { createHash } from 'node:crypto';
import { canonicalBytes, toHex } from '../kernel/bytes.ts';
import { ConfigError } from '../kernel/errors.ts';
import { HPKE_KEY_BYTES, keyPairFromPem, newKeyPair } from './hpke.ts';
import { PUBLISHED_KEYS } from './published-keys.ts';

/** Whom records are sealed to. The id says which private key opens them; it is one a month at a hub (security J5). */
export type Recipient = { readonly id: string; readonly publicKey: Uint8Array };

export const RECIPIENT_ID = /^[a-z0-9][a-z0-9-]{0,31}$/;
const PREFIX = 'chot-seal-to-v1';
const CHECK_BYTES = 6;
const EXPECTED = `expected "${PREFIX}.<id>.<key>.<check>" as 'chot journal recipient' prints it`;

/** The line for `[journal] sealTo`: readable id, key, and a check that catches what copying by hand does to a key. */
export function formatSealTo({ id, publicKey }: Recipient): string {
  if (!RECIPIENT_ID.test(id)) {
    throw new ConfigError(`recipient id: expected a-z, 0-9 and -, at most 32, came "${id}"`);
  }
  return [PREFIX, id, base64url(publicKey), checkOf(id, publicKey)].join('.');
}

/** Throws ConfigError that says which part of the line is wrong. */
export function parseSealTo(line: string): Recipient {
  const parts = line.trim().split('.');
  const [prefix, id = '', key = '', check = ''] = parts;
  if (prefix !== PREFIX || parts.length !== 4) throw new ConfigError(`journal.sealTo: ${EXPECTED}`);
  if (!RECIPIENT_ID.test(id)) {
    throw new ConfigError('journal.sealTo: the id may hold a-z, 0-9 and -, at most 32 of them');
  }
  const publicKey = Uint8Array.from(Buffer.from(key, 'base64url'));
  if (publicKey.length !== HPKE_KEY_BYTES || base64url(publicKey) !== key) {
    throw new ConfigError(
      `journal.sealTo: the key must be ${HPKE_KEY_BYTES} bytes in base64url (43 characters), came ${key.length} characters`,
    );
  }
  if (checkOf(id, publicKey) !== check) {
    throw new ConfigError(
      'journal.sealTo: the check at the end does not fit id and key: copy the whole line again',
    );
  }
  refusePublished({ id, publicKey });
  return { id, publicKey };
}

/** Throws ConfigError for a key that everybody could open with (security C4). */
export function refusePublished({ publicKey }: Recipient): void {
  if (!PUBLISHED_KEYS.has(toHex(publicKey))) return;
  throw new ConfigError(
    "journal.sealTo: this key's private half is published, so everybody could read the journal: make a pair with 'chot journal recipient'",
  );
}

/** A new pair: the line for stations, and the private key in PKCS #8 PEM, which no station ever sees. */
export function generateRecipient(id: string): {
  readonly recipient: Recipient;
  readonly sealTo: string;
  readonly privateKeyPem: string;
} {
  const pair = newKeyPair();
  const recipient = { id, publicKey: pair.publicKey };
  return {
    recipient,
    sealTo: formatSealTo(recipient),
    privateKeyPem: pair.privateKey.export({ format: 'pem', type: 'pkcs8' }) as string,
  };
}

/** The holder's own key, from the file that `chot journal recipient` wrote. Throws ConfigError. */
export function parseRecipientKey(pem: string): ReturnType<typeof keyPairFromPem>['privateKey'] {
  try {
    return keyPairFromPem(pem).privateKey;
  } catch (error) {
    throw new ConfigError(
      "recipient key: expected the X25519 key in PKCS #8 PEM that 'chot journal recipient' wrote",
      { cause: error },
    );
  }
}

function checkOf(id: string, publicKey: Uint8Array): string {
  const hash = createHash('sha256').update(canonicalBytes(['chot/seal-to/v1', id, publicKey]));
  return base64url(hash.digest().subarray(0, CHECK_BYTES));
}

function base64url(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64url');
}
