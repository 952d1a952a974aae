import type { Kept, KeptName } from '../../src/sync/kept.ts';

export class MemoryKept implements Kept {
  readonly #values = new Map<string, Uint8Array>();

  get(name: KeptName): Uint8Array | null {
    return this.#values.get(name) ?? null;
  }

  put(entries: Partial<Readonly<Record<KeptName, Uint8Array | null>>>): void {
    for (const [name, value] of Object.entries(entries)) {
      if (value === null) this.#values.delete(name);
      else if (value !== undefined) this.#values.set(name, value);
    }
  }
}
