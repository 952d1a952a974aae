import { chmodSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { DataDirectory } from './data-directory.ts';
import { readIfThere, replaceFile } from './durable-file.ts';
import { Credentials, newToken } from './http/credentials.ts';

/** In the run folder: the address of this boot, `http://127.0.0.1:8080`. */
export const ORIGIN = 'origin';

const TOKEN = /^[A-Za-z0-9_-]{43}\n$/;

/**
 * The credentials of this boot. The kiosk's token changes at every start and lies in `run/kiosk.token`; the software
 * scanners' and the monitor's stay, in `keys/`. All three files are 0600: whoever reads them is this user or root.
 */
export function openCredentials({ path, runFolder }: DataDirectory): Credentials {
  const credentials = new Credentials();
  const kiosk = join(runFolder, 'kiosk.token');
  rmSync(kiosk, { force: true });
  credentials.addEntrance(keptToken(kiosk), 'many');
  credentials.addBearer(keptToken(join(path, 'keys', 'scanner.token')), 'scanner');
  credentials.addBearer(keptToken(join(path, 'keys', 'monitor.token')), 'monitor');
  return credentials;
}

/** Where this boot's station listens, for commands beside it. A disk that is full keeps them from asking, and nothing else. */
export function noteOrigin({ runFolder }: Pick<DataDirectory, 'runFolder'>, origin: string): void {
  try {
    replaceFile(join(runFolder, ORIGIN), `${origin}\n`);
  } catch {
    rmSync(join(runFolder, ORIGIN), { force: true });
  }
}

function keptToken(file: string): string {
  const kept = readIfThere(file);
  if (kept !== null && TOKEN.test(kept)) {
    chmodSync(file, 0o600);
    return kept.trimEnd();
  }
  const token = newToken();
  replaceFile(file, `${token}\n`);
  return token;
}
