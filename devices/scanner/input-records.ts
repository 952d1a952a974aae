/** One `struct input_event` of linux/input.h. */
export type InputRecord = {
  /** When the kernel saw it, in its own wall clock. */
  readonly atMs: number;
  readonly type: number;
  readonly code: number;
  readonly value: number;
};

/** On 64-bit machines: seconds and microseconds of 8 bytes each, type and code of 2, value of 4, all little-endian. */
export const RECORD_BYTES = 24;

/** Cuts what an input device gives into records, however it is cut into pieces. Holds less than one record. */
export class RecordSplitter {
  #rest: Buffer = Buffer.alloc(0);

  push(bytes: Uint8Array): readonly InputRecord[] {
    const held = Buffer.concat([this.#rest, bytes]);
    const whole = held.length - (held.length % RECORD_BYTES);
    this.#rest = held.subarray(whole);
    const records: InputRecord[] = [];
    for (let at = 0; at < whole; at += RECORD_BYTES) records.push(recordAt(held, at));
    return records;
  }
}

function recordAt(bytes: Buffer, at: number): InputRecord {
  const seconds = Number(bytes.readBigInt64LE(at));
  const microseconds = Number(bytes.readBigInt64LE(at + 8));
  return {
    atMs: seconds * 1_000 + microseconds / 1_000,
    type: bytes.readUInt16LE(at + 16),
    code: bytes.readUInt16LE(at + 18),
    value: bytes.readInt32LE(at + 20),
  };
}
