import { DAY_MS } from '../../kernel/calendar.ts';
import { InputError } from '../../kernel/errors.ts';
import type { Clock } from '../../ports/clock.ts';
import type { ListName } from '../../registers/published/list-codec.ts';
import {
  decodeManifest,
  encodeManifest,
  type Manifest,
  manifestHash,
  type PublishedRegister,
} from '../../registers/published/manifest.ts';
import { deriveRegisterKey } from '../../registers/subject-key.ts';
import { readStatement } from '../../sync/protocol/statement.ts';
import { signingKeyFor } from '../authority/role-keys.ts';
import { currentList } from '../authority/role-lists.ts';
import type { Signer } from '../authority/signer.ts';
import type { HubDirectory } from '../hub-directory.ts';
import type { HubStore, Region } from '../store/hub-store.ts';
import { makeList } from './make-list.ts';
import { publishRegister } from './publish-register.ts';
import { PublishedFiles } from './published-files.ts';
import { RecordsFiles } from './records-file.ts';
import { canaryEntries, type Records, RecordsBuilder } from './register-records.ts';
import type { Batch, BatchChange, BatchSource, Publication } from './register-store.ts';

/** A manifest holds for so long, and is issued anew when less is left: a freeze shows within this time (security R2). */
const MANIFEST_DAYS = 45;
const REISSUE_DAYS = 40;
const NO_MANIFEST = '0'.repeat(64);
const PAGE_ROWS = 10_000;
/** Stations that are fetching the files of the manifests before may finish. */
const MANIFESTS_SERVED = 3;

type Deps = {
  readonly store: HubStore;
  readonly directory: HubDirectory;
  readonly signer: Signer;
  readonly clock: Clock;
  /** After every new manifest. */
  readonly published: (region: string) => Promise<void>;
};

export type BatchPublication = {
  readonly region: string;
  readonly register: string;
  readonly asOfMs: number;
  readonly add: readonly Batch[];
  readonly remove: readonly Batch[];
  /** What becomes of the batches once it is published as `version`. */
  readonly changes: (version: number) => readonly BatchChange[];
};

type Held = { readonly manifest: Manifest; readonly hash: string; readonly keyId: string };
/** Where a new manifest is being made. */
type Draft = {
  readonly region: string;
  readonly generation: number;
  readonly version: number;
  readonly held: Held | null;
  readonly files: PublishedFiles;
  /** Stations have seen more than this hub remembers: nothing is continued, everything gets a new base. */
  readonly isRestored: boolean;
};

/**
 * How far a restored hub goes beyond what was reported: the next version would have to follow the manifest that the station holds and
 * the hub has lost, and other stations may have seen a few more.
 */
const RESTORED_AHEAD = 1_000;

/** Makes manifests and the files they name; one at a time. */
export class Publisher {
  readonly #deps: Deps;
  readonly #records: RecordsFiles;
  #last: Promise<unknown> = Promise.resolve();

  constructor(deps: Deps) {
    this.#deps = deps;
    this.#records = new RecordsFiles(deps.directory);
  }

  /** The version it was published as. */
  publishBatches(publication: BatchPublication): Promise<number> {
    return this.#alone(async () => {
      const { region, register } = publication;
      const draft = await this.#draft(region);
      const made = await this.#registerAfter(draft, publication);
      const others = await this.#unchanged(draft, register);
      await this.#issue(draft, [...others, made], {
        batches: publication.changes(draft.version),
      });
      return draft.version;
    });
  }

  /** The list is still so: only its date moves. */
  confirm(region: string, register: string, asOfMs: number): Promise<number> {
    return this.#alone(async () => {
      const draft = await this.#draft(region);
      const registers = await this.#unchanged(draft, null);
      const found = registers.find(({ name }) => name === register);
      if (found === undefined)
        throw new InputError(`register ${register} was never published here`);
      if (asOfMs < found.asOfMs) throw new InputError('the date given is before the one published');
      const rest = registers.filter((each) => each !== found);
      await this.#issue(draft, [...rest, { ...found, asOfMs }], {});
      return draft.version;
    });
  }

  /** Notices, attributes or officers, from the JSON that the operators' interface has checked. */
  publishList(region: string, name: ListName, source: string): Promise<number> {
    return this.#alone(async () => {
      const draft = await this.#draft(region);
      const list = this.#listFrom(draft, name, source);
      await this.#issue(draft, await this.#unchanged(draft, null), {
        ...{ list: { name, source } },
        lists: { ...(await this.#lists(draft)), [name]: list },
      });
      return draft.version;
    });
  }

  /** A new generation of the region's key: everything is keyed anew, the old key and its files go (security E2, R6). */
  newGeneration(region: string): Promise<number> {
    return this.#alone(async () => {
      const { directory } = this.#deps;
      const before = await this.#draft(region);
      const generation = before.generation + 1;
      directory.makeRegionKey(region, generation);
      const draft = { ...before, generation };
      const names = before.held?.manifest.registers ?? [];
      const registers = [];
      for (const register of names) registers.push(await this.#rebuilt(draft, register));
      await this.#issue(draft, registers, { generation });
      for (let old = 1; old < generation; old++) directory.destroyRegionKey(region, old);
      return draft.version;
    });
  }

  /** Whether the manifest nears its end, another key signs now, or stations have seen a later one than this hub remembers. */
  async isDue(region: string): Promise<boolean> {
    const { store, directory, clock } = this.#deps;
    const { held, isRestored } = await this.#draft(region);
    if (held === null || isRestored) return isRestored;
    const keys = (await currentList(store, region))?.keys ?? [];
    const signs = signingKeyFor(directory, keys, 'manifest', clock.wallMs()).id;
    const leftMs = held.manifest.notAfterMs - clock.wallMs();
    return leftMs < REISSUE_DAYS * DAY_MS || held.keyId !== signs;
  }

  /** The same content in a new manifest; of a restored hub with new bases. */
  reissue(region: string): Promise<number> {
    return this.#alone(async () => {
      const draft = await this.#draft(region);
      await this.#issue(draft, await this.#unchanged(draft, null), {});
      return draft.version;
    });
  }

  /** Work of another process on the region's registers, in its turn. */
  elsewhere<T>(region: string, work: () => Promise<T>): Promise<T> {
    return this.#alone(async () => {
      const done = await work();
      await this.#deps.published(region);
      return done;
    });
  }

  async newest(region: string): Promise<Manifest | null> {
    return (await this.#held(region))?.manifest ?? null;
  }

  #alone<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#last.then(work, work);
    this.#last = done.catch(() => {});
    return done;
  }

  async #held(region: string): Promise<Held | null> {
    const newest = await this.#deps.store.newest(region, 'manifest');
    if (newest === null) return null;
    const { body, keyId } = readStatement(newest.bytes);
    return { manifest: decodeManifest(body), hash: manifestHash(body), keyId };
  }

  async #draft(region: string): Promise<Draft> {
    const known = await this.#region(region);
    const held = await this.#held(region);
    const last = held?.manifest.version ?? 0;
    const isRestored = known.manifestSeen > last;
    return {
      ...{ region, held, generation: known.generation },
      version: isRestored ? known.manifestSeen + RESTORED_AHEAD : last + 1,
      files: new PublishedFiles(this.#deps.directory, region),
      isRestored,
    };
  }

  async #region(region: string): Promise<Region> {
    const known = (await this.#deps.store.regions()).find((each) => each.region === region);
    if (known === undefined) throw new InputError(`region ${region} is not one of this hub's`);
    return known;
  }

  /** The registers that do not change, but for one; of a restored hub with new bases. */
  async #unchanged(draft: Draft, but: string | null): Promise<PublishedRegister[]> {
    const registers = (draft.held?.manifest.registers ?? []).filter(({ name }) => name !== but);
    if (!draft.isRestored) return registers;
    const made = [];
    for (const register of registers) made.push(await this.#rebuilt(draft, register));
    return made;
  }

  async #registerAfter(draft: Draft, publication: BatchPublication): Promise<PublishedRegister> {
    const { register: name, asOfMs, add, remove } = publication;
    const held = draft.held?.manifest.registers.find((each) => each.name === name) ?? null;
    const inForce = await this.#inForce(draft.region, name);
    const gone = new Set(remove.map(({ id }) => id));
    const wanted = [...inForce.filter(({ id }) => !gone.has(id)), ...add].map(({ id }) => id);
    const records = held === null ? null : this.#readRecords(draft, held);
    const sources = await this.#sourcesOf(draft.region, name, wanted);
    if (held === null || records === null || draft.isRestored) {
      return this.#whole(draft, name, asOfMs, wanted, sources);
    }
    const all = await this.#deps.store.registers.sources(draft.region, name);
    const removeSources = new Set(all.filter(({ batch }) => gone.has(batch)).map(({ id }) => id));
    const added = await this.#build(
      draft,
      name,
      add.map(({ id }) => id),
      false,
    );
    const made = publishRegister(draft.files, {
      ...{ name, asOfMs, before: held, records, removeSources, added, sources },
      ...{ generation: draft.generation, version: draft.version },
    });
    this.#records.write(this.#placeOf(draft, name), made.records, made.published.totals);
    return made.published;
  }

  async #rebuilt(draft: Draft, { name, asOfMs }: PublishedRegister): Promise<PublishedRegister> {
    const wanted = (await this.#inForce(draft.region, name)).map(({ id }) => id);
    const sources = await this.#sourcesOf(draft.region, name, wanted);
    return this.#whole(draft, name, asOfMs, wanted, sources);
  }

  /** From the entries, with a new base. */
  async #whole(
    draft: Draft,
    name: string,
    asOfMs: number,
    batches: readonly number[],
    sources: readonly BatchSource[],
  ): Promise<PublishedRegister> {
    const made = publishRegister(draft.files, {
      ...{ name, asOfMs, before: null, records: Buffer.alloc(0), removeSources: new Set() },
      ...{ sources, added: await this.#build(draft, name, batches, true) },
      ...{ generation: draft.generation, version: draft.version },
    });
    this.#records.write(this.#placeOf(draft, name), made.records, made.published.totals);
    return made.published;
  }

  #placeOf({ region, generation, version }: Draft, register: string) {
    return { region, register, generation, contentVersion: version };
  }

  #readRecords({ region, generation }: Draft, held: PublishedRegister): Records | null {
    const { name: register, contentVersion, totals } = held;
    return this.#records.read({ region, register, generation, contentVersion }, totals);
  }

  async #inForce(region: string, register: string): Promise<readonly Batch[]> {
    const batches = await this.#deps.store.registers.batches(region, register);
    return batches.filter(({ state }) => state === 'in-force');
  }

  async #sourcesOf(region: string, register: string, batches: readonly number[]) {
    const wanted = new Set(batches);
    const sources = await this.#deps.store.registers.sources(region, register);
    return sources.filter(({ batch }) => wanted.has(batch));
  }

  async #build(
    { region, generation }: Draft,
    register: string,
    batches: readonly number[],
    withCanaries: boolean,
  ): Promise<Records> {
    const { store, directory } = this.#deps;
    const key = directory.regionKey(region, generation);
    if (key === null) throw new Error(`the key of generation ${generation} is gone`);
    const canaries = withCanaries ? canaryEntries() : [];
    let rows = canaries.length;
    for (const id of batches) rows += (await store.registers.get(id))?.rows ?? 0;
    const builder = new RecordsBuilder(deriveRegisterKey(key, register), rows);
    for (const entry of canaries) builder.add(entry);
    for (const id of batches) {
      let after: number | null = 0;
      while (after !== null) {
        const page: Awaited<ReturnType<typeof store.registers.entries>> =
          await store.registers.entries(id, after, PAGE_ROWS);
        for (const entry of page.entries) builder.add(entry);
        after = page.next;
        await turn();
      }
    }
    return builder.finish();
  }

  #listFrom(draft: Draft, name: ListName, source: string) {
    const key = this.#deps.directory.regionKey(draft.region, draft.generation);
    if (key === null) throw new Error(`the key of generation ${draft.generation} is gone`);
    const { content, rows } = makeList(name, source, key);
    return { ...draft.files.put(content), rows, contentVersion: draft.version };
  }

  /** As they are; keyed anew with a new generation, and given anew by a restored hub. */
  async #lists(draft: Draft): Promise<Manifest['lists']> {
    const before = draft.held?.manifest;
    const none = { notices: null, attributes: null, officers: null };
    if (before === undefined) return none;
    if (before.generation === draft.generation && !draft.isRestored) return before.lists;
    const lists: Record<ListName, Manifest['lists'][ListName]> = { ...none };
    for (const name of ['notices', 'attributes', 'officers'] as const) {
      const source = await this.#deps.store.registers.listSource(draft.region, name);
      if (source !== null) lists[name] = this.#listFrom(draft, name, source);
    }
    return lists;
  }

  async #issue(
    draft: Draft,
    registers: readonly PublishedRegister[],
    with_: Partial<Omit<Publication, 'manifest'>> & { readonly lists?: Manifest['lists'] },
  ): Promise<void> {
    const { store, signer, clock } = this.#deps;
    const { region, version, generation, held } = draft;
    const issuedMs = Math.floor(clock.wallMs());
    const body = encodeManifest({
      ...{ region, generation, version, previous: held?.hash ?? NO_MANIFEST, issuedMs },
      notAfterMs: issuedMs + MANIFEST_DAYS * DAY_MS,
      registers: [...registers].sort((a, b) => (a.name < b.name ? -1 : 1)),
      lists: with_.lists ?? (await this.#lists(draft)),
    });
    const bytes = await signer.sign(region, 'manifest', body);
    draft.files.settle();
    await store.registers.publish(region, {
      manifest: { version, bytes },
      batches: with_.batches ?? [],
      list: with_.list ?? null,
      generation: with_.generation ?? null,
    });
    draft.files.keepOnly(await this.#served(region, generation));
    await this.#deps.published(region);
  }

  async #served(region: string, generation: number): Promise<readonly Manifest[]> {
    const kept = await this.#deps.store.statementsAfter(region, 'manifest', 0);
    return kept
      .slice(-MANIFESTS_SERVED)
      .map(({ bytes }) => decodeManifest(readStatement(bytes).body))
      .filter((manifest) => manifest.generation === generation);
  }
}

/** Lets everything else that is ready run. */
function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
