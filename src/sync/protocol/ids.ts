import type { CanonicalReader } from '../../kernel/canonical-reader.ts';

/** Stations, regions, keys. */
export const ID = /^[a-z0-9][a-z0-9-]{0,31}$/;
const ID_BYTES_MAX = 32;

export function readId(reader: CanonicalReader): string {
  const id = reader.text(ID_BYTES_MAX);
  if (!ID.test(id)) throw reader.unfit('an id of a-z, 0-9 and -, at most 32');
  return id;
}
