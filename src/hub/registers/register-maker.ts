import type { PublishedRegister } from '../../registers/published/manifest.ts';
import { deriveRegisterKey } from '../../registers/subject-key.ts';
import type { HubDirectory } from '../hub-directory.ts';
import type { HubStore } from '../store/hub-store.ts';
import { turn } from '../turn.ts';
import type { Draft } from './manifest-draft.ts';
import { publishRegister } from './publish-register.ts';
import { RecordsFiles } from './records-file.ts';
import { canaryEntries, type Records, RecordsBuilder } from './register-records.ts';
import type { Batch, BatchChange, BatchSource } from './register-store.ts';

const PAGE_ROWS = 10_000;

export type BatchPublication = {
  readonly region: string;
  readonly register: string;
  readonly asOfMs: number;
  readonly add: readonly Batch[];
  readonly remove: readonly Batch[];
  /** What becomes of the batches once it is published as `version`. */
  readonly changes: (version: number) => readonly BatchChange[];
};

/** Makes the registers of a manifest and the files they name, from what the store has in force. */
export class RegisterMaker {
  readonly #store: HubStore;
  readonly #directory: HubDirectory;
  readonly #records: RecordsFiles;

  constructor(store: HubStore, directory: HubDirectory) {
    this.#store = store;
    this.#directory = directory;
    this.#records = new RecordsFiles(directory);
  }

  /** A register once batches have come or gone: a step of its chain where that is possible, else a new base. */
  async after(draft: Draft, publication: BatchPublication): Promise<PublishedRegister> {
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
    const all = await this.#store.registers.sources(draft.region, name);
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

  /** From the entries in force, with a new base. */
  async rebuilt(draft: Draft, { name, asOfMs }: PublishedRegister): Promise<PublishedRegister> {
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
    const batches = await this.#store.registers.batches(region, register);
    return batches.filter(({ state }) => state === 'in-force');
  }

  async #sourcesOf(region: string, register: string, batches: readonly number[]) {
    const wanted = new Set(batches);
    const sources = await this.#store.registers.sources(region, register);
    return sources.filter(({ batch }) => wanted.has(batch));
  }

  async #build(
    { region, generation }: Draft,
    register: string,
    batches: readonly number[],
    withCanaries: boolean,
  ): Promise<Records> {
    const store = this.#store;
    const key = this.#directory.regionKey(region, generation);
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
}
