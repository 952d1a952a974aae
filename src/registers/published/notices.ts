import { toHex } from '../../kernel/bytes.ts';
import { decodeList, encodeList } from './list-codec.ts';

/** Something about a subject that lasts hours: it turns a stop into a check and never into a pass. */
export type PublishedNotice = {
  /** 8 bytes: the subject's key under the register key of `notices` (NOTICES_REGISTER), hexadecimal. */
  readonly key: string;
  /** `transfer`, `recovered-elsewhere`; what a station does not know it leaves alone. */
  readonly code: string;
  /** Minute since 1970 UTC at which it is over. */
  readonly untilMinutes: number;
};

/** Whose register key notices are keyed under; no register may be named so. */
export const NOTICES_REGISTER = 'notices';

const LABEL = 'chot/notices/v1';
const CODE = /^[a-z][a-z0-9-]{0,31}$/;
const MINUTES_MAX = 0xffff_ffff;

export function encodeNotices(notices: readonly PublishedNotice[]): Uint8Array {
  const rows = notices.map(({ key, code, untilMinutes }) => ({
    ...{ key: Buffer.from(key, 'hex'), code, untilMinutes },
  }));
  rows.sort((a, b) => Buffer.compare(a.key, b.key) || (a.code < b.code ? -1 : 1));
  return encodeList(
    LABEL,
    rows.map(({ key, code, untilMinutes }) => [Uint8Array.from(key), code, untilMinutes]),
  );
}

/** Throws InputError for anything that is no list of notices. */
export function decodeNotices(bytes: Uint8Array): PublishedNotice[] {
  return decodeList(bytes, LABEL, (row) => ({
    key: toHex(row.bytes(8)),
    code: row.text(CODE),
    untilMinutes: row.whole(0, MINUTES_MAX),
  }));
}
