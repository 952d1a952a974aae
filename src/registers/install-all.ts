import { InputError, StorageFault } from '../kernel/errors.ts';
import { storageFault } from '../kernel/storage-fault.ts';
import { FetchedFiles, FetchFault, type FetchFile, type WantedFile } from './fetched-files.ts';
import { hasList, installList } from './install-list.ts';
import { type InstallPlace, installRegister } from './install-register.ts';
import { bytesOf, filesOf, wayTo } from './plan-install.ts';
import { LIST_NAMES, type ListName } from './published/list-codec.ts';
import type { Manifest, PublishedRegister } from './published/manifest.ts';
import { metaInPlace, removeRegister, seenOrRebuilt } from './put-in-place.ts';
import { lockRegisters, unlockRegisters } from './register-lock.ts';
import { type RegisterSecrets, Snapshot, type SnapshotMeta } from './snapshot.ts';

/** What a worker needs to install a manifest that was accepted; plain data. */
export type InstallTask = {
  readonly folder: string;
  /** Of the manifest's generation. */
  readonly secrets: RegisterSecrets;
  readonly manifest: Manifest;
  readonly nowMs: number;
  /** Registers found damaged: to be installed from the base. */
  readonly distrusted: readonly string[];
};

export type InstalledItem =
  | {
      readonly name: string;
      readonly kind: 'unchanged' | 'renewed' | 'deltas' | 'base' | 'list' | 'removed';
    }
  | {
      readonly name: string;
      readonly kind: 'failed';
      /** `fetch`: no line, try again. `content`: the publisher's mistake. `storage`: the disk. */
      readonly code: 'fetch' | 'content' | 'storage';
      readonly message: string;
    };

export type InstallOutcome = {
  readonly items: readonly InstalledItem[];
  readonly fetchedBytes: number;
};

type Step = {
  readonly name: string;
  readonly files: readonly WantedFile[];
  /** When the files are here. */
  readonly apply: () => InstalledItem['kind'];
  /** When what came this way is no good. */
  readonly instead: Step | null;
};

/**
 * Brings every register and list to what the manifest says, those first that take least, each whole or not at all; what fails does
 * not stop the others. Throws InputError while another import runs.
 */
export async function installAll(task: InstallTask, fetchFile: FetchFile): Promise<InstallOutcome> {
  const { folder, secrets, manifest } = task;
  if (secrets.region.generation !== manifest.generation) {
    throw new InputError(
      `manifest: expected generation ${secrets.region.generation}, came ${manifest.generation}: fetch its region key first`,
    );
  }
  const lock = lockRegisters(folder, secrets.databaseKey);
  try {
    const files = new FetchedFiles(folder, secrets.databaseKey, fetchFile);
    const place = { ...task, files };
    const steps = [...listSteps(place), ...registerSteps(place, task.distrusted)];
    steps.sort((a, b) => bytesOf(a.files) - bytesOf(b.files));
    const items: InstalledItem[] = [];
    const stillWanted: WantedFile[] = [];
    for (const step of steps) {
      const item = await take(step, files);
      items.push(item);
      if (item.kind === 'failed' && item.code !== 'content') stillWanted.push(...step.files);
    }
    items.push(...removeOthers(place));
    files.keepOnly(stillWanted);
    return { items, fetchedBytes: files.fetchedBytes };
  } finally {
    unlockRegisters(lock);
  }
}

async function take(step: Step, files: FetchedFiles): Promise<InstalledItem> {
  const { name, instead } = step;
  try {
    await files.bring(step.files);
    return { name, kind: step.apply() } as InstalledItem;
  } catch (error) {
    const code = codeOf(error);
    if (code === null) throw error;
    if (code === 'content' && instead !== null) return take(instead, files);
    return { name, kind: 'failed', code, message: (error as Error).message };
  }
}

function codeOf(error: unknown): Extract<InstalledItem, { kind: 'failed' }>['code'] | null {
  if (error instanceof FetchFault) return 'fetch';
  if (error instanceof InputError) return 'content';
  return storageFault(error) === null ? null : 'storage';
}

function registerSteps(place: InstallPlace, distrusted: readonly string[]): Step[] {
  return place.manifest.registers.map((register) => {
    const isSound = !distrusted.includes(register.name);
    const held = isSound ? soundMeta(place, register.name) : null;
    return registerStep(place, register, held);
  });
}

function registerStep(
  place: InstallPlace,
  register: PublishedRegister,
  held: SnapshotMeta | null,
): Step {
  const way = wayTo(register, place.manifest, held);
  const apply = () => {
    installRegister(place, register, way, held);
    return way.kind;
  };
  const instead = way.kind === 'deltas' ? registerStep(place, register, null) : null;
  return { name: register.name, files: filesOf(register, way), apply, instead };
}

function listSteps(place: InstallPlace): Step[] {
  return LIST_NAMES.map((name) => listStep(place, name));
}

function listStep(place: InstallPlace, name: ListName): Step {
  const list = place.manifest.lists[name];
  if (hasList(place, name, list)) {
    return { name, files: [], apply: () => 'unchanged', instead: null };
  }
  const apply = () => {
    installList(place, name, list);
    return list === null ? ('removed' as const) : ('list' as const);
  };
  return { name, files: list === null ? [] : [list], apply, instead: null };
}

/** What is in place when it opens and finds its canaries; null: nothing to build on. */
function soundMeta({ folder, secrets }: InstallPlace, register: string): SnapshotMeta | null {
  const meta = metaInPlace(folder, register, secrets);
  if (meta === null) return null;
  try {
    const snapshot = Snapshot.open(folder, meta, secrets);
    const isSound = snapshot.answersCanaries();
    snapshot.close();
    return isSound ? meta : null;
  } catch (error) {
    if (error instanceof StorageFault || storageFault(error) !== null) return null;
    throw error;
  }
}

/** Registers of the hub that it does not name any more: absent from now on. What was imported by hand stays. */
function removeOthers({ folder, secrets, manifest }: InstallPlace): InstalledItem[] {
  const named = new Set(manifest.registers.map(({ name }) => name));
  const { registers } = seenOrRebuilt(folder, secrets.databaseKey);
  const gone = [...registers].filter(([name, held]) => !held.removed && !named.has(name));
  return gone.flatMap(([name]): InstalledItem[] => {
    const meta = metaInPlace(folder, name, secrets);
    if (meta !== null && meta.published === null) return [];
    removeRegister(folder, secrets.databaseKey, name);
    return [{ name, kind: 'removed' }];
  });
}
