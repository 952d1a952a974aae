import { canaryNumber, STATUS_IDS, STATUSES } from '../../src/registers/canaries.ts';
import { chunksOf, fileName, type PublishedFile } from '../../src/registers/published/chunk.ts';
import { encodeDelta } from '../../src/registers/published/delta.ts';
import { diffRows } from '../../src/registers/published/diff-rows.ts';
import type {
  Manifest,
  PublishedList,
  PublishedRegister,
} from '../../src/registers/published/manifest.ts';
import { encodeNotices, type PublishedNotice } from '../../src/registers/published/notices.ts';
import { encodeOfficers, type PublishedOfficer } from '../../src/registers/published/officers.ts';
import { compareKeys, ROW_BYTES } from '../../src/registers/row.ts';
import { RowChecksum } from '../../src/registers/row-checksum.ts';
import { deriveRegisterKey, subjectKey } from '../../src/registers/subject-key.ts';
import { type RowOf, rowsOf } from './register-rows.ts';

export type Entry = Omit<RowOf, 'key'> & { readonly number: string };

type Published = { readonly register: PublishedRegister; readonly rows: Buffer };

/** A hub's publishing, in small: registers in versions, with bases and deltas, and the files they consist of. */
export class Publisher {
  readonly region: { generation: number; key: Uint8Array };
  readonly files = new Map<string, Uint8Array>();
  chunks: 1 | 256 = 1;
  version = 0;
  #previous = '0'.repeat(64);
  readonly #registers = new Map<string, Published>();
  #notices: PublishedList | null = null;
  #officers: PublishedList | null = null;

  constructor(region: { generation: number; key: Uint8Array }) {
    this.region = region;
  }

  /** The canaries are added, unless `blind`. */
  rows(register: string, entries: readonly Entry[], blind = false): Buffer {
    const key = deriveRegisterKey(this.region.key, register);
    const canaries: Entry[] = STATUSES.map((status) => ({
      ...{ number: canaryNumber(status), status: STATUS_IDS[status], fromDay: 0 },
      untilDay: 157_053,
    }));
    const all = blind ? entries : [...entries, ...canaries];
    return rowsOf(
      all.map(({ number, ...rest }) => ({
        source: 0,
        ...rest,
        key: subjectKey(key, 'number', number),
      })),
    );
  }

  /** A new version of one register, as a delta where there is a version before and `rebase` is not asked for. */
  publish(name: string, asOfMs: number, rows: Buffer, rebase = false): Manifest {
    this.version++;
    const before = this.#registers.get(name);
    const difference = before === undefined || rebase ? null : diffRows([before.rows], [rows]);
    const totals = { rows: rows.length / ROW_BYTES, checksum: new RowChecksum().add(rows).hex };
    const content = {
      ...{ name, contentVersion: this.version, asOfMs, totals },
      entries: totals.rows - STATUSES.length,
      subjects: subjectsOf(rows) - STATUSES.length,
      statuses: STATUSES.map((status) => ({ id: STATUS_IDS[status], name: status })),
      sources: ['canary', ...Array.from({ length: 9 }, (_, at) => `CDC ${at + 1}`)],
    };
    let register: PublishedRegister;
    if (before === undefined || difference === null) {
      const chunks = new Array<PublishedFile | null>(this.chunks).fill(null);
      for (const { number, content: bytes, ...file } of chunksOf([rows], this.chunks)) {
        this.files.set(file.sha256, bytes);
        chunks[number] = { sha256: file.sha256, bytes: file.bytes, rows: file.rows };
      }
      register = { ...content, base: { version: this.version, chunks }, deltas: [] };
    } else {
      const from = before.register.contentVersion;
      const whose = { register: name, generation: this.region.generation, from, to: this.version };
      const bytes = encodeDelta({ ...whose, ...difference });
      const sha256 = this.add(bytes);
      const delta = { from, to: this.version, sha256, bytes: bytes.length };
      const { base, deltas } = before.register;
      register = { ...content, base, deltas: [...deltas, delta] };
    }
    this.#registers.set(name, { register, rows });
    return this.manifest();
  }

  /** The list is what it was, and of a later time. */
  confirm(name: string, asOfMs: number): Manifest {
    this.version++;
    const published = this.#registers.get(name);
    if (published === undefined) throw new Error(`${name} was not published`);
    this.#registers.set(name, { ...published, register: { ...published.register, asOfMs } });
    return this.manifest();
  }

  withdraw(name: string): Manifest {
    this.version++;
    this.#registers.delete(name);
    return this.manifest();
  }

  publishNotices(notices: readonly PublishedNotice[]): Manifest {
    this.version++;
    this.#notices = this.#list(encodeNotices(notices), notices.length);
    return this.manifest();
  }

  publishOfficers(officers: readonly PublishedOfficer[]): Manifest {
    this.version++;
    this.#officers = this.#list(encodeOfficers(officers), officers.length);
    return this.manifest();
  }

  manifest(): Manifest {
    const registers = [...this.#registers.values()].map(({ register }) => register);
    return {
      ...{ region: 'ha-noi', generation: this.region.generation, version: this.version },
      ...{ previous: this.#previous, issuedMs: 1, notAfterMs: 2 },
      registers: registers.sort((a, b) => (a.name < b.name ? -1 : 1)),
      lists: { notices: this.#notices, attributes: null, officers: this.#officers },
    };
  }

  add(bytes: Uint8Array): string {
    const sha256 = fileName(bytes);
    this.files.set(sha256, bytes);
    return sha256;
  }

  readonly fetchFile = (sha256: string): Promise<Uint8Array> => {
    const content = this.files.get(sha256);
    if (content === undefined) return Promise.reject(new Error('404'));
    return Promise.resolve(Uint8Array.from(content));
  };

  #list(bytes: Uint8Array, rows: number): PublishedList {
    return { sha256: this.add(bytes), bytes: bytes.length, rows, contentVersion: this.version };
  }
}

function subjectsOf(rows: Buffer): number {
  let subjects = 0;
  for (let at = 0; at < rows.length; at += ROW_BYTES) {
    if (at === 0 || compareKeys(rows, at - ROW_BYTES, rows, at) !== 0) subjects++;
  }
  return subjects;
}

/** `001099` and six digits. */
export function numberOf(index: number): string {
  return `001099${String(index).padStart(6, '0')}`;
}
