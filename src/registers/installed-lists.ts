import { join } from 'node:path';
import { InputError } from '../kernel/errors.ts';
import type { Notice, SubjectKind } from './lookup.ts';
import { decodeAttributes } from './published/attributes.ts';
import type { ListName } from './published/list-codec.ts';
import { decodeNotices, NOTICES_REGISTER } from './published/notices.ts';
import { decodeOfficers, type PublishedOfficer } from './published/officers.ts';
import { readSealed } from './sealed-file.ts';
import type { HeldList } from './seen-versions.ts';
import { deriveRegisterKey, subjectKey } from './subject-key.ts';

const MINUTE_MS = 60_000;

/** How many rows the content has; throws InputError unless it is a list of that name. */
export const LIST_CHECKS: Readonly<Record<ListName, (content: Uint8Array) => number>> = {
  notices: (content) => decodeNotices(content).length,
  attributes: (content) => decodeAttributes(content).size,
  officers: (content) => decodeOfficers(content).length,
};

export function listFile(name: ListName, sha256: string): string {
  return `${name}.${sha256}.list`;
}

/** The lists that were installed beside the registers, read again when another one is remembered. */
export class InstalledLists {
  readonly #folder: string;
  readonly #databaseKey: Uint8Array;
  readonly #sha256 = new Map<ListName, string | null>();
  #notices: ReadonlyMap<string, readonly Notice[]> = new Map();
  /** Of the region's key under which the notices are keyed; 0: there are none. */
  noticesGeneration = 0;
  officers: readonly PublishedOfficer[] | null = null;

  constructor(folder: string, databaseKey: Uint8Array) {
    this.#folder = folder;
    this.#databaseKey = databaseKey;
  }

  notices(regionKey: Uint8Array, kind: SubjectKind, value: string): readonly Notice[] {
    const key = subjectKey(deriveRegisterKey(regionKey, NOTICES_REGISTER), kind, value);
    return this.#notices.get(key.toString(16).padStart(16, '0')) ?? [];
  }

  /** Never throws: a list that cannot be read is none, which lets nobody pass. */
  refresh(held: ReadonlyMap<string, HeldList>): void {
    if (this.#isNews('notices', held)) {
      const content = this.#read('notices', held, decodeNotices);
      const notices = new Map<string, Notice[]>();
      for (const { key, code, untilMinutes } of content ?? []) {
        const notice = { code, endMs: untilMinutes * MINUTE_MS };
        notices.set(key, [...(notices.get(key) ?? []), notice]);
      }
      this.#notices = notices;
      this.noticesGeneration = held.get('notices')?.generation ?? 0;
    }
    if (this.#isNews('officers', held)) {
      this.officers = this.#read('officers', held, decodeOfficers);
    }
  }

  #isNews(name: ListName, held: ReadonlyMap<string, HeldList>): boolean {
    return this.#sha256.get(name) !== (held.get(name)?.sha256 ?? null);
  }

  #read<Content>(
    name: ListName,
    held: ReadonlyMap<string, HeldList>,
    decode: (content: Uint8Array) => Content,
  ): Content | null {
    const sha256 = held.get(name)?.sha256 ?? null;
    this.#sha256.set(name, sha256);
    if (sha256 === null) return null;
    try {
      const path = join(this.#folder, listFile(name, sha256));
      const content = readSealed(path, this.#databaseKey, sha256);
      return content === null ? null : decode(content);
    } catch (error) {
      // What was checked when it was installed and does not fit now came from a later version of this software.
      if (error instanceof InputError) return null;
      this.#sha256.delete(name);
      return null;
    }
  }
}
