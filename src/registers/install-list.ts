import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { InputError, StorageFault } from '../kernel/errors.ts';
import type { InstallPlace } from './install-register.ts';
import { LIST_CHECKS, listFile } from './installed-lists.ts';
import type { ListName } from './published/list-codec.ts';
import type { PublishedList } from './published/manifest.ts';
import { putListInPlace, seenOrRebuilt } from './put-in-place.ts';
import { readSealed, writeSealed } from './sealed-file.ts';
import { syncPath } from './seen-versions.ts';

/** Whether the list that is published is in place, whole. */
export function hasList(
  { folder, secrets, manifest }: InstallPlace,
  name: ListName,
  list: PublishedList | null,
): boolean {
  const held = seenOrRebuilt(folder, secrets.databaseKey).lists.get(name);
  if (list === null || held === undefined) return list === null && held === undefined;
  if (held.sha256 !== list.sha256 || held.generation !== manifest.generation) return false;
  const path = join(folder, listFile(name, list.sha256));
  return readSealed(path, secrets.databaseKey, list.sha256) !== null;
}

/** Puts a list in place that is among the files, or takes it away. Throws as `installRegister`. */
export function installList(
  { folder, secrets, manifest, files }: InstallPlace,
  name: ListName,
  list: PublishedList | null,
): void {
  const { databaseKey } = secrets;
  if (list !== null) {
    const content = files.read(list);
    if (content === null) throw new StorageFault('io', 'a published file is gone again');
    const rows = LIST_CHECKS[name](content);
    if (rows !== list.rows) {
      throw new InputError(`${name}: expected the ${list.rows} rows its manifest names`);
    }
    const path = join(folder, listFile(name, list.sha256));
    writeSealed(path, databaseKey, list.sha256, content);
    syncPath(path);
  }
  const { generation } = manifest;
  const held =
    list === null ? null : { sha256: list.sha256, generation, published: list.contentVersion };
  putListInPlace(folder, databaseKey, name, held);
  const kept = list === null ? null : listFile(name, list.sha256);
  for (const file of readdirSync(folder)) {
    const isOld = file.startsWith(`${name}.`) && file.endsWith('.list') && file !== kept;
    if (isOld) rmSync(join(folder, file), { force: true });
  }
}
