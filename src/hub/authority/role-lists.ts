import { createPublicKey, type KeyObject } from 'node:crypto';
import { DAY_MS } from '../../kernel/calendar.ts';
import { ConfigError } from '../../kernel/errors.ts';
import { rawPublicKey } from '../../sync/protocol/raw-keys.ts';
import {
  decodeRoles,
  openRoles,
  type RoleList,
  rootId,
  rootSigningKey,
  signRoles,
} from '../../sync/protocol/roles.ts';
import { type Role, type RoleKey, readStatement } from '../../sync/protocol/statement.ts';
import type { HubDirectory } from '../hub-directory.ts';
import type { HubStore } from '../store/hub-store.ts';
import { nextVersion } from '../store/next-version.ts';
import { makeAuthority, readAuthorities } from './authority.ts';
import { makeRecipients, makeRoleKey, SIGNING_ROLES, type SigningRole } from './role-keys.ts';

/** Long, because only the root, which lies in a safe, can make a new one. */
const LIST_DAYS = 800;
const RECIPIENT_MONTHS = 13;
const ROOTS_HELD_MAX = 4;
const AUTHORITIES_MAX = 4;

export type RotatedRole = Role | 'authority' | 'root';

export type Rotation = {
  readonly role: RotatedRole;
  /** Of the root that signs. */
  readonly root: KeyObject;
  /** Ids (or `authority-<n>`, `root-...`) that are taken from the list at once. */
  readonly drop: readonly string[];
  /** The root that takes over, when the role is `root`. */
  readonly newRoot: KeyObject | null;
  /** Not 0: lowers what stations hold as the highest manifest version (docs/protocol.md). */
  readonly manifestCeiling: number;
};

/** Version 1 of a region's role list. */
export async function foundRegion(
  { store, directory }: Place,
  region: string,
  root: KeyObject,
  nowMs: number,
): Promise<void> {
  await store.addRegion(region);
  if (directory.regionKey(region, 1) === null) directory.makeRegionKey(region, 1);
  const keys = (await knownKeys(store)) ?? foundKeys(directory, nowMs);
  const authorities = readAuthorities(directory).map(({ certificate }) => certificate.raw);
  const list: RoleList = {
    ...{ region, version: 1, issuedMs: nowMs, notAfterMs: nowMs + LIST_DAYS * DAY_MS },
    ...{ roots: [rawPublicKey(createPublicKey(root))], authorities, keys, manifestCeiling: 0 },
  };
  const bytes = signRoles(list, rootSigningKey(root));
  await store.putStatement(region, 'roles', { version: 1, bytes });
}

/** A new key for one role, in a new role list of every region. Keys before it stay for their term, unless dropped. */
export async function rotateRole(
  place: Place,
  rotation: Rotation,
  nowMs: number,
): Promise<readonly RoleList[]> {
  const { store } = place;
  const before = await currentLists(store);
  const [first] = before;
  if (first === undefined) throw new ConfigError("no region yet: run 'chot hub init' first");
  for (const { roots } of before) refuseStranger(roots, rotation.root);
  const change = changeOf(place.directory, first, rotation, nowMs);
  const lists: RoleList[] = [];
  for (const { region } of before) {
    lists.push({
      ...{ region, version: await nextVersion(store, region, 'roles') },
      ...{ issuedMs: nowMs, notAfterMs: nowMs + LIST_DAYS * DAY_MS },
      ...{ ...change, manifestCeiling: rotation.manifestCeiling },
    });
  }
  for (const list of lists) {
    const bytes = signRoles(list, rootSigningKey(rotation.root));
    // Throws for what no station would read, before any takes it for the newest.
    openRoles(bytes, [rawPublicKey(createPublicKey(rotation.root))]);
    await store.putStatement(list.region, 'roles', { version: list.version, bytes });
  }
  return lists;
}

export type Place = { readonly store: HubStore; readonly directory: HubDirectory };

/** The newest role list of a region; we made it, so it is read and not judged. */
export async function currentList(store: HubStore, region: string): Promise<RoleList | null> {
  const newest = await store.newest(region, 'roles');
  return newest === null ? null : readOwnList(newest.bytes);
}

export async function currentLists(store: HubStore): Promise<readonly RoleList[]> {
  const lists = await Promise.all(
    (await store.regions()).map(({ region }) => currentList(store, region)),
  );
  return lists.filter((list) => list !== null);
}

/**
 * The newest list that a station which holds `held` can believe: signed by a root that list names. A station that was away
 * while the root changed takes one list after the other.
 */
export async function nextListFor(
  store: HubStore,
  region: string,
  held: number,
): Promise<{ readonly version: number; readonly bytes: Uint8Array } | null> {
  const lists = await store.statementsAfter(region, 'roles', Math.max(0, held - 1));
  const own = lists.find(({ version }) => version === held);
  const newest = lists.at(-1) ?? null;
  if (own === undefined) return newest ?? (await store.newest(region, 'roles'));
  const trusted = new Set(readOwnList(own.bytes).roots.map(rootId));
  return lists.findLast(({ bytes }) => trusted.has(readStatement(bytes).keyId)) ?? newest;
}

/** Signatures were made here: what the store holds is read, not judged. */
function readOwnList(bytes: Uint8Array): RoleList {
  return decodeRoles(readStatement(bytes).body);
}

type Change = Pick<RoleList, 'keys' | 'authorities' | 'roots'>;

function changeOf(
  directory: HubDirectory,
  list: RoleList,
  rotation: Rotation,
  nowMs: number,
): Change {
  const { role, drop, newRoot } = rotation;
  const inTerm = list.keys.filter((key) => key.notAfterMs > nowMs && !drop.includes(key.id));
  const made =
    role === 'authority' || role === 'root' ? [] : newKeys(directory, role, list.keys, nowMs);
  if (role === 'authority') makeAuthority(directory, nowMs);
  const authorities = readAuthorities(directory)
    .filter(({ number }) => !drop.includes(`authority-${number}`))
    .slice(-AUTHORITIES_MAX)
    .map(({ certificate }) => certificate.raw);
  return {
    keys: [...inTerm, ...made],
    authorities,
    roots: rootsAfter(list.roots, rotation.root, newRoot, drop),
  };
}

/** A new root is first named beside the old one; the next list is signed by the new one and can drop the old. */
function rootsAfter(
  roots: readonly Uint8Array[],
  root: KeyObject,
  newRoot: KeyObject | null,
  drop: readonly string[],
): readonly Uint8Array[] {
  const added = newRoot === null ? [] : [rawPublicKey(createPublicKey(newRoot))];
  const kept = [...roots, ...added].filter((each) => !drop.includes(rootId(each)));
  if (kept.length > ROOTS_HELD_MAX) {
    throw new ConfigError(`at most ${ROOTS_HELD_MAX} roots: drop one with --drop root-...`);
  }
  const signs = rootId(rawPublicKey(createPublicKey(root)));
  if (kept.some((each) => rootId(each) === signs)) return kept;
  throw new ConfigError(
    `${signs} signs this list and cannot be dropped by it: sign with the new root, then drop the old one`,
  );
}

function newKeys(
  directory: HubDirectory,
  role: Role,
  known: readonly RoleKey[],
  nowMs: number,
): readonly RoleKey[] {
  if (role === 'recipient') return makeRecipients(directory, nowMs, RECIPIENT_MONTHS, known);
  return [makeRoleKey(directory, role, nowMs)];
}

function foundKeys(directory: HubDirectory, nowMs: number): readonly RoleKey[] {
  if (directory.authorityNumbers().length === 0) makeAuthority(directory, nowMs);
  const signing = SIGNING_ROLES.map((role: SigningRole) => makeRoleKey(directory, role, nowMs));
  return [...signing, ...makeRecipients(directory, nowMs, RECIPIENT_MONTHS, [])];
}

/** All regions of a hub share its role keys. */
async function knownKeys(store: HubStore): Promise<readonly RoleKey[] | null> {
  return (await currentLists(store))[0]?.keys ?? null;
}

function refuseStranger(roots: readonly Uint8Array[], root: KeyObject): void {
  const id = rootId(rawPublicKey(createPublicKey(root)));
  if (roots.some((each) => rootId(each) === id)) return;
  throw new ConfigError(
    `the key given is ${id}, the role list names ${roots.map(rootId).join(', ')}: give the root's private key`,
  );
}
