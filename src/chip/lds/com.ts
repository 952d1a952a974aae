import { needTlv, readTlvs } from '../tlv.ts';
import { DATA_GROUP_FILES, EF_COM, readWholeFile } from './files.ts';
import { textOrNull } from './values.ts';

/** EF.COM (ICAO 9303-10, 4.6.1). It is not signed: what a chip owes is never decided by it. */
export type Com = {
  /** `0107`: version 01, update 07. */
  readonly ldsVersion: string | null;
  /** `040000`. */
  readonly unicodeVersion: string | null;
  /** Numbers of the data groups it lists, in its order. */
  readonly groups: readonly number[];
  /** Tags in its list that are no data group's. */
  readonly unknownTags: readonly number[];
};

/** Throws ProtocolError. */
export function parseCom(bytes: Uint8Array): Com {
  const objects = readTlvs(readWholeFile(EF_COM, bytes).value);
  const tags = [...needTlv(objects, 0x5c, 'EF.COM').value];
  const groupOf = (tag: number) => DATA_GROUP_FILES.find((file) => file.tag === tag)?.group ?? null;
  return {
    ldsVersion: textOrNull(needTlv(objects, 0x5f01, 'EF.COM').value),
    unicodeVersion: textOrNull(needTlv(objects, 0x5f36, 'EF.COM').value),
    groups: tags.map(groupOf).filter((number) => number !== null),
    unknownTags: tags.filter((tag) => groupOf(tag) === null),
  };
}
