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
import { readStatement } from '../../sync/protocol/statement.ts';
import { signingKeyFor } from '../authority/role-keys.ts';
import { currentList } from '../authority/role-lists.ts';
import type { Signer } from '../authority/signer.ts';
import type { HubDirectory } from '../hub-directory.ts';
import type { HubStore, Region } from '../store/hub-store.ts';
import { attributeIds, makeList } from './make-list.ts';
import type { Draft, Held } from './manifest-draft.ts';
import { PublishedFiles } from './published-files.ts';
import { type BatchPublication, RegisterMaker } from './register-maker.ts';
import type { Publication } from './register-store.ts';

/** A manifest holds for so long, and is issued anew when less is left: a freeze shows within this time (security R2). */
const MANIFEST_DAYS = 45;
const REISSUE_DAYS = 40;
const NO_MANIFEST = '0'.repeat(64);
/** Stations that are fetching the files of the manifests before may finish. */
const MANIFESTS_SERVED = 3;
const ATTRIBUTES_NAMED_MAX = 5;

type Deps = {
  readonly store: HubStore;
  readonly directory: HubDirectory;
  readonly signer: Signer;
  readonly clock: Clock;
  /** After every new manifest. */
  readonly published: (region: string) => Promise<void>;
};

/**
 * How far a restored hub goes beyond what was reported: the next version would have to follow the manifest that the station holds and
 * the hub has lost, and other stations may have seen a few more.
 */
const RESTORED_AHEAD = 1_000;

/** Makes manifests and the files they name; one at a time. */
export class Publisher {
  readonly #deps: Deps;
  readonly #maker: RegisterMaker;
  #last: Promise<unknown> = Promise.resolve();

  constructor(deps: Deps) {
    this.#deps = deps;
    this.#maker = new RegisterMaker(deps.store, deps.directory);
  }

  /** The version it was published as. */
  publishBatches(publication: BatchPublication): Promise<number> {
    return this.#alone(async () => {
      const { region, register } = publication;
      const draft = await this.#draft(region);
      const made = await this.#maker.after(draft, publication);
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
      if (name === 'attributes') await this.#refuseLosing(region, attributeIds(source));
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
      for (const register of names) registers.push(await this.#maker.rebuilt(draft, register));
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
    for (const register of registers) made.push(await this.#maker.rebuilt(draft, register));
    return made;
  }

  async #refuseLosing(region: string, kept: ReadonlySet<number>): Promise<void> {
    const borne = await this.#deps.store.registers.attributesBorne(region);
    const lost = borne.filter((id) => !kept.has(id));
    if (lost.length === 0) return;
    const named = lost.slice(0, ATTRIBUTES_NAMED_MAX).join(', ');
    throw new InputError(
      `attributes: expected all that listed rows bear, ${lost.length} are missing (${named}${lost.length > ATTRIBUTES_NAMED_MAX ? ', ...' : ''}): keep them, or withdraw the batches first`,
    );
  }

  /** Null for an empty one: it is taken away, and of officers the stations' own files count again. */
  #listFrom(draft: Draft, name: ListName, source: string) {
    const key = this.#deps.directory.regionKey(draft.region, draft.generation);
    if (key === null) throw new Error(`the key of generation ${draft.generation} is gone`);
    const { content, rows } = makeList(name, source, key);
    return rows === 0 ? null : { ...draft.files.put(content), rows, contentVersion: draft.version };
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
