import { findTlv, readTlvs, type Tlv } from '../tlv.ts';
import { dataGroupFile, readWholeFile } from './files.ts';
import { compactDate, textOrNull } from './values.ts';

const TAG_LIST = 0x5c;

/** A group of objects told apart by their tags: EF.DG11 and EF.DG12. What is asked for is known, the rest is unknown. */
export class Details {
  readonly #objects: readonly Tlv[];
  readonly #known = new Set([TAG_LIST]);

  /** Throws ProtocolError. */
  constructor(group: number, bytes: Uint8Array) {
    this.#objects = readTlvs(readWholeFile(dataGroupFile(group), bytes).value);
  }

  /** The content of the first object with that tag. */
  bytes(tag: number): Uint8Array | null {
    this.#known.add(tag);
    return findTlv(this.#objects, tag)?.value ?? null;
  }

  text(tag: number): string | null {
    return textOrNull(this.bytes(tag) ?? new Uint8Array(0));
  }

  /** `HA<NOI<<VNM`: components with a filler between. */
  components(tag: number): string[] {
    return (this.text(tag) ?? '').split('<').filter((part) => part !== '');
  }

  /** ISO 8601, reduced where day or month are unknown. */
  date(tag: number): string | null {
    return compactDate(this.bytes(tag) ?? new Uint8Array(0));
  }

  /** The texts in a template that begins with their count, and, as some issuers have them, beside it. The count is not relied on. */
  repeated(template: number, tag: number): string[] {
    const inside = this.bytes(template);
    this.#known.add(tag);
    return [...(inside === null ? [] : readTlvs(inside)), ...this.#objects]
      .filter((object) => object.tag === tag)
      .map(({ value }) => textOrNull(value))
      .filter((text) => text !== null);
  }

  /** Objects nobody has asked for, as they came. */
  unknown(): Uint8Array[] {
    return this.#objects.filter(({ tag }) => !this.#known.has(tag)).map(({ raw }) => raw);
  }
}
