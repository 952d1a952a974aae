import { chmodSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { ProtocolError } from '../chip/protocol-error.ts';
import { DENIED_ISSUER_KEYS } from '../chip/trust/denied-issuer-keys.ts';
import {
  EMPTY_TRUST_STORE,
  parseTrustStore,
  printTrustStore,
  type TrustStore,
} from '../chip/trust/trust-store.ts';
import { ConfigError } from '../kernel/errors.ts';
import { readIfThere, replaceFile, syncFolder } from './durable-file.ts';

/** What this station trusts; nothing where nothing was ever imported. Throws ConfigError. */
export function readTrust(dataDir: string): TrustStore {
  const file = trustFile(dataDir);
  try {
    const text = readIfThere(file);
    return text === null ? EMPTY_TRUST_STORE : parseTrustStore(text, DENIED_ISSUER_KEYS);
  } catch (error) {
    if (error instanceof ProtocolError) {
      throw new ConfigError(
        `${file} is damaged: ${error.message}; move it away and import the certificates again`,
        { cause: error },
      );
    }
    throw unusable(file, error);
  }
}

/** Replaces what this station trusts; on disk once this returns. Throws ConfigError. */
export function writeTrust(dataDir: string, store: TrustStore): void {
  const folder = makeTrustFolder(dataDir);
  try {
    replaceFile(trustFile(dataDir), printTrustStore(store));
  } catch (error) {
    throw unusable(folder, error);
  }
}

/** The folder of what is trusted, for this user alone. Throws ConfigError. */
export function makeTrustFolder(dataDir: string): string {
  const folder = join(dataDir, 'trust');
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    chmodSync(folder, 0o700);
    syncFolder(dataDir);
    return folder;
  } catch (error) {
    throw unusable(folder, error);
  }
}

/** Where it is kept. */
export function trustFile(dataDir: string): string {
  return join(dataDir, 'trust', 'chip-anchors.jsonl');
}

function unusable(path: string, error: unknown): unknown {
  const { code } = error as NodeJS.ErrnoException;
  if (code === undefined) return error;
  return new ConfigError(
    `${path} cannot be used (${code}): name the station's data directory with --data`,
    { cause: error },
  );
}
