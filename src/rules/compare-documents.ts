import type { CheckOutcome, IdentityDocument } from '../documents/document.ts';
import { foldName } from '../documents/person-name.ts';
import type { ReasonCode } from './reasons.ts';
import { isChip } from './subject.ts';

/** What a chip and a code both say of a person. */
export type ComparedField = 'number' | 'name' | 'birth' | 'sex' | 'issued';
export type Comparison = { readonly field: ComparedField; readonly outcome: CheckOutcome };

const DIFFERENCES: readonly (readonly [ComparedField, ReasonCode])[] = [
  ['number', 'documents.differ-number'],
  ['name', 'documents.differ-name'],
  ['birth', 'documents.differ-birth'],
  ['sex', 'documents.differ-sex'],
  ['issued', 'documents.differ-issued'],
];

/** Where documents of one person contradict each other; what one of them lacks contradicts nothing. */
export function differencesBetween(documents: readonly IdentityDocument[]): ReasonCode[] {
  return DIFFERENCES.filter(([field]) => !agree(field, valuesOf(documents, field))).map(
    ([, code]) => code,
  );
}

/** The chip against everything else that was shown, field by field; empty while there is only one of the two. */
export function compareWithChip(documents: readonly IdentityDocument[]): Comparison[] {
  const [chips, others] = [documents.filter(isChip), documents.filter((each) => !isChip(each))];
  if (chips.length === 0 || others.length === 0) return [];
  return DIFFERENCES.map(([field]) => {
    const [own, theirs] = [valuesOf(chips, field), valuesOf(others, field)];
    if (own.length === 0 || theirs.length === 0) return { field, outcome: 'skipped' };
    return { field, outcome: agree(field, [...own, ...theirs]) ? 'passed' : 'failed' };
  });
}

/** A QR code has names with their marks, a machine-readable zone has not: they are compared folded. */
function valuesOf(documents: readonly IdentityDocument[], field: ComparedField): string[] {
  const values = documents.flatMap((document) => document[field] ?? []);
  return field === 'name' ? values.map(foldName) : values;
}

/** `2000` agrees with `2000-02-01`: what is unknown contradicts nothing. */
function agree(field: ComparedField, values: readonly string[]): boolean {
  if (field !== 'birth') return new Set(values).size <= 1;
  return values.every((one) =>
    values.every((other) => one.startsWith(other) || other.startsWith(one)),
  );
}
