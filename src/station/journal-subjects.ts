import { deriveRegisterKey, subjectDigest } from '../registers/subject-key.ts';

/** Names the key under which journals hash subjects, apart from every register's. */
const JOURNAL_SUBJECTS = 'journal';

/** Keyed hash of a subject as the journal's records carry it, 16 hexadecimal digits. `regionKey`: 32 bytes. */
export function journalSubjects(
  regionKey: Uint8Array,
): (kind: 'number' | 'qid', value: string) => string {
  const key = deriveRegisterKey(regionKey, JOURNAL_SUBJECTS);
  return (kind, value) => subjectDigest(key, kind, value).subarray(0, 8).toString('hex');
}
