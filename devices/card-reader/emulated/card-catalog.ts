import type { CardFault } from './card-fault.ts';
import { FILE_ID, groupFileId } from './card-files.ts';
import type { CardFlaw } from './card-flaw.ts';

/** What may be wrong with an emulated card, by the name it is asked for. */
export type Named<T> = { readonly about: string; readonly of: T };

/** So many commands pass first: the card is open by then, and its files are being read. */
const OPEN_APDUS = 10;

export const NAMED_FAULTS: Readonly<Record<string, Named<CardFault>>> = {
  pull: {
    about: 'is taken away in mid-read',
    of: { kind: 'pull', afterApdus: OPEN_APDUS, returns: false },
  },
  slip: {
    about: 'slips in mid-read, and lies there again',
    of: { kind: 'pull', afterApdus: OPEN_APDUS, returns: true },
  },
  mute: { about: 'stops answering', of: { kind: 'mute', afterApdus: OPEN_APDUS } },
  slow: {
    about: 'takes half a second for each answer',
    of: { kind: 'slow', afterApdus: 0, milliseconds: 500 },
  },
  'wrong-mac': {
    about: 'answers with wrong checksums',
    of: { kind: 'wrong-mac', afterApdus: OPEN_APDUS },
  },
  truncated: {
    about: 'cuts its answers off',
    of: { kind: 'truncated', afterApdus: OPEN_APDUS, bytes: 7 },
  },
  endless: {
    about: 'has always more of its answer',
    of: { kind: 'endless', afterApdus: OPEN_APDUS, empty: false },
  },
  short: {
    about: 'gives a byte fewer than asked for',
    of: { kind: 'read-length', afterApdus: 0, by: -1 },
  },
};

export const NAMED_FLAWS: Readonly<Record<string, Named<CardFlaw>>> = {
  cloned: { about: 'is a copy: every file, none of the keys', of: { kind: 'cloned' } },
  'altered-photo': {
    about: 'one bit of the photograph is not as signed',
    of: { kind: 'altered', fileId: groupFileId(2) },
  },
  'altered-person': {
    about: 'one bit of EF.DG13 is not as signed',
    of: { kind: 'altered', fileId: groupFileId(13) },
  },
  'unknown-issuer': {
    about: 'is signed by an authority nobody knows',
    of: { kind: 'unknown-issuer' },
  },
  'expired-signer': {
    about: 'is signed with an expired certificate',
    of: { kind: 'expired-signer', days: { from: '2021-01-01', until: '2023-01-01' } },
  },
  'missing-person': {
    about: 'EF.DG13 is signed and not there',
    of: { kind: 'missing', fileId: groupFileId(13) },
  },
  'missing-keys': {
    about: 'EF.DG14 is signed and not there',
    of: { kind: 'missing', fileId: groupFileId(14) },
  },
  'hostile-sod': {
    about: 'EF.SOD nests 600 deep',
    of: { kind: 'hostile-tlv', fileId: FILE_ID.sod, shape: 'deep' },
  },
};
