import { InputError } from '../../kernel/errors.ts';
import type { Clock } from '../../ports/clock.ts';
import { type BadLine, ImportLines } from '../../registers/import-lines.ts';
import type { RegisterFormat } from '../../registers/parse-line.ts';
import { NOTICES_REGISTER } from '../../registers/published/notices.ts';
import { isRegisterName } from '../../registers/snapshot-name.ts';
import { attributeIds } from './make-list.ts';
import type { Publisher } from './publisher.ts';
import {
  type Judged,
  type Publishing,
  ROWS_HERE_MAX,
  type RunElsewhere,
  type Withdrawal,
} from './register-job.ts';
import type { Entry } from './register-records.ts';
import type { Batch, BatchMode, RegisterStore } from './register-store.ts';

const PREVIEW_MS = 24 * 3_600_000;

/** Security R5: what more than one operator must answer for. */
export type PublishingGuard = {
  /** Of what is listed; counts only for changes of more than `rowsFree` rows. */
  readonly shareMax: number;
  readonly rowsMax: number;
  readonly rowsFree: number;
};

type Deps = {
  readonly store: RegisterStore;
  readonly publisher: Publisher;
  readonly clock: Clock;
  readonly guard: PublishingGuard;
  /** How long a status lasts whose `until` is empty, by register. */
  readonly defaultDays: Readonly<Record<string, number>>;
  /** Where long lists are worked on; null: here. */
  readonly elsewhere: RunElsewhere | null;
};

export type ImportOrder = {
  readonly region: string;
  readonly register: string;
  readonly mode: BatchMode;
  readonly format: RegisterFormat;
  readonly asOfMs: number;
  readonly operator: string;
  readonly input: AsyncIterable<Uint8Array>;
};

export type Preview = Judged & {
  readonly batch: number;
  /** One for each number, earlier number and QID of an entry. */
  readonly rows: number;
  /** Of these, earlier numbers and QIDs. */
  readonly others: number;
  readonly untilDefaulted: number;
  readonly expiresMs: number;
};
export type Imported =
  | { readonly kind: 'preview'; readonly preview: Preview }
  | {
      readonly kind: 'bad-lines';
      readonly badLines: readonly BadLine[];
      readonly badTotal: number;
    };

/** Import, look, publish, withdraw (security R5): nothing is published that was not a preview first. */
export class RegisterDesk {
  readonly #deps: Deps;

  constructor(deps: Deps) {
    this.#deps = deps;
  }

  /** One bad line and nothing is imported. Throws InputError for what makes the whole file none. */
  async import(order: ImportOrder, signal: AbortSignal): Promise<Imported> {
    const { region, register, mode, asOfMs, operator } = order;
    const { store, clock } = this.#deps;
    const madeMs = clock.wallMs();
    if (!isRegisterName(register) || register === NOTICES_REGISTER) {
      throw new InputError(
        `register: expected a name of a-z and 0-9, other than ${NOTICES_REGISTER}`,
      );
    }
    if (asOfMs > madeMs) throw new InputError('asOf: expected a time that is not in the future');
    const expiresMs = madeMs + PREVIEW_MS;
    const batch = await store.begin({
      ...{ region, register, mode, asOfMs, madeMs, expiresMs, madeBy: operator },
    });
    try {
      const lines = await this.#readInto(batch, order, signal);
      if (lines.badTotal > 0) {
        await store.discard(batch);
        return { kind: 'bad-lines', badLines: lines.badLines, badTotal: lines.badTotal };
      }
      await store.complete(batch);
      const { count, others, untilDefaulted } = lines;
      const told = { batch, rows: count + others, others, untilDefaulted, expiresMs };
      return { kind: 'preview', preview: { ...told, ...(await this.judge(batch, mode)) } };
    } catch (error) {
      await store.discard(batch);
      throw error;
    }
  }

  /** `waiting`: a second operator must publish it too. */
  async publish(id: number, operator: string): Promise<Publishing> {
    const batch = await this.#batch(id, ['preview', 'waiting']);
    if (batch.expiresMs <= this.#deps.clock.wallMs()) {
      throw new InputError(`batch ${id} waited for more than 24 hours: import it again`);
    }
    const there = await this.#placeFor(batch);
    if (there !== null) return there({ call: 'publish', batch: id, operator });
    const { needsSecond, added, removed } = await this.judge(id, batch.mode);
    const { region, register, expiresMs } = batch;
    const change = { region, register, added, removed };
    const isSecond = batch.publishedBy !== null && batch.publishedBy !== operator;
    if (needsSecond && !isSecond) {
      if (batch.publishedBy !== null) {
        throw new InputError(
          `batch ${id} needs another operator than ${operator} to publish it too`,
        );
      }
      await this.#deps.store.change([{ id, state: 'waiting', publishedBy: operator }]);
      return { kind: 'waiting', ...change, publishedBy: operator, expiresMs };
    }
    const version = await this.#putInForce(batch, operator, isSecond);
    return { kind: 'published', ...change, version };
  }

  /** A whole batch goes, and what it had replaced is in force again. */
  async withdraw(id: number): Promise<Withdrawal> {
    const batch = await this.#batch(id, ['in-force']);
    const there = await this.#placeFor(batch);
    if (there !== null) return there({ call: 'withdraw', batch: id });
    const { region, register } = batch;
    const all = await this.#deps.store.batches(region, register);
    const back = all.filter(
      ({ state, supersededBy }) => state === 'superseded' && supersededBy === id,
    );
    const version = await this.#deps.publisher.publishBatches({
      ...{ region, register, asOfMs: await this.#asOf(batch), add: back, remove: [batch] },
      changes: (version) => [
        { id, state: 'withdrawn', withdrawnVersion: version },
        ...back.map((each) => ({ id: each.id, state: 'in-force' as const, supersededBy: null })),
      ],
    });
    const added = back.reduce((sum, { rows }) => sum + rows, 0);
    return { region, register, added, removed: batch.rows, version };
  }

  /** A batch, and while it waits for somebody what publishing it would do; null when there is none. */
  async look(id: number): Promise<{ batch: Batch; judged: Judged | null } | null> {
    const batch = await this.#deps.store.get(id);
    if (batch === null) return null;
    const isWaiting = batch.state === 'preview' || batch.state === 'waiting';
    return { batch, judged: isWaiting ? await this.judge(id, batch.mode) : null };
  }

  /** Throws a preview away. */
  async discard(id: number): Promise<void> {
    await this.#batch(id, ['preview', 'waiting']);
    await this.#deps.store.discard(id);
  }

  async #putInForce(batch: Batch, operator: string, isSecond: boolean): Promise<number> {
    const { region, register, id, mode } = batch;
    const all = await this.#deps.store.batches(region, register);
    const replaced = mode === 'replace' ? all.filter(({ state }) => state === 'in-force') : [];
    const who = isSecond ? { confirmedBy: operator } : { publishedBy: operator };
    const asOfMs = await this.#asOf(batch);
    const version = await this.#deps.publisher.publishBatches({
      ...{ region, register, asOfMs, add: [batch], remove: replaced },
      changes: (at) => [
        { id, state: 'in-force', publishedVersion: at, ...who },
        ...replaced.map((each) => ({
          id: each.id,
          state: 'superseded' as const,
          supersededBy: id,
        })),
      ],
    });
    // What was replaced before stays no longer than one publication can be undone.
    if (replaced.length > 0) {
      for (const each of all)
        if (each.state === 'superseded') await this.#deps.store.discard(each.id);
    }
    return version;
  }

  async #readInto(
    batch: number,
    { region, register, format, input }: ImportOrder,
    signal: AbortSignal,
  ): Promise<ImportLines> {
    const { store, defaultDays } = this.#deps;
    const lines = new ImportLines(format, {
      defaultDays: defaultDays[register] ?? null,
      attributes: attributeIds((await store.listSource(region, 'attributes')) ?? '[]'),
    });
    const ids = new Map<number, number>();
    let taken: Entry[] = [];
    const put = async () => {
      const entries = taken;
      taken = [];
      for (const { source } of entries) {
        if (ids.has(source)) continue;
        ids.set(source, await store.addSource(batch, lines.sources[source] ?? ''));
      }
      const mapped = entries.map((entry) => ({ ...entry, source: ids.get(entry.source) ?? 0 }));
      if (mapped.length > 0) await store.addEntries(batch, mapped);
    };
    // Written after each part that came: memory is bounded by one part.
    async function* parts() {
      for await (const part of input) {
        yield part;
        await put();
      }
    }
    await lines.read(parts(), signal, (subject, fields) => taken.push({ subject, ...fields }));
    await put();
    return lines;
  }

  /** Against what is in force now. */
  async judge(batch: number, mode: BatchMode): Promise<Judged> {
    const { guard, store } = this.#deps;
    const known = await store.get(batch);
    const there = known === null ? null : await this.#placeFor(known);
    if (there !== null) return there({ call: 'judge', batch, mode });
    const found = await store.compare(batch);
    const removed = mode === 'replace' ? found.removed : 0;
    const changed = found.added + removed;
    const share = found.listed === 0 ? null : changed / found.listed;
    const isLarge = changed > guard.rowsMax;
    const isMuch = changed > guard.rowsFree && share !== null && share > guard.shareMax;
    return { ...found, removed, share, needsSecond: isLarge || isMuch };
  }

  /** Null: here. Nobody else publishes meanwhile, and whoever waits for the result is told. */
  async #placeFor({ region, register, rows }: Batch): Promise<RunElsewhere | null> {
    const { elsewhere, store, publisher } = this.#deps;
    if (elsewhere === null) return null;
    const inForce = (await store.batches(region, register)).filter(
      ({ state }) => state === 'in-force' || state === 'superseded',
    );
    const all = inForce.reduce((sum, each) => sum + each.rows, rows);
    if (all <= ROWS_HERE_MAX) return null;
    return (job) => publisher.elsewhere(region, () => elsewhere(job));
  }

  async #batch(id: number, states: readonly Batch['state'][]): Promise<Batch> {
    const batch = await this.#deps.store.get(id);
    if (batch !== null && states.includes(batch.state)) return batch;
    const came =
      batch === null
        ? "there is none: 'chot hub register list' names them"
        : `it is ${batch.state}`;
    throw new InputError(`batch ${id}: expected one that is ${states.join(' or ')}, ${came}`);
  }

  /** A register's date never goes back. */
  async #asOf({ region, register, asOfMs }: Batch): Promise<number> {
    const manifest = await this.#deps.publisher.newest(region);
    const held = manifest?.registers.find(({ name }) => name === register);
    return Math.max(asOfMs, held?.asOfMs ?? 0);
  }
}
