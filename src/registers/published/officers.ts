import { decodeList, encodeList } from './list-codec.ts';

/** Who may sign in at the region's stations. */
export type PublishedOfficer = {
  readonly id: string;
  readonly name: string;
  /** `officer`, `lead`, `support`. */
  readonly role: string;
  /** `scrypt$<log2 N>$<salt>$<key>`, base64url: what of a PIN is kept. */
  readonly pin: string;
  /** Last calendar day in Asia/Ho_Chi_Minh. */
  readonly untilDay: number;
};

const LABEL = 'chot/officers/v1';
const ID = /^[a-z0-9][a-z0-9-]{0,31}$/;
const NAME = /^[^\p{C}\p{Zl}\p{Zp}]{1,40}$/u;
/** log2 N of at most 17: a look at a PIN takes a bounded time. */
const PIN = /^scrypt\$(?:[1-9]|1[0-7])\$[A-Za-z0-9_-]{16,64}\$[A-Za-z0-9_-]{43}$/;
const DAY_MAX = 200_000;

/** Sorted by id. */
export function encodeOfficers(officers: readonly PublishedOfficer[]): Uint8Array {
  const rows = [...officers].sort((a, b) => (a.id < b.id ? -1 : 1));
  return encodeList(
    LABEL,
    rows.map(({ id, name, role, pin, untilDay }) => [id, name, role, pin, untilDay]),
  );
}

/** Throws InputError for anything that is no list of officers, each once, by id. */
export function decodeOfficers(bytes: Uint8Array): PublishedOfficer[] {
  let before = '';
  return decodeList(bytes, LABEL, (row) => {
    const id = row.text(ID);
    if (id <= before) throw row.unfit('officers by id, once each');
    before = id;
    return {
      id,
      name: row.text(NAME),
      role: row.text(ID),
      pin: row.text(PIN),
      untilDay: row.whole(0, DAY_MAX),
    };
  });
}
