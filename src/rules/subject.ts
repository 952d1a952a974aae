import type { ChipDocument, IdentityDocument } from '../documents/document.ts';
import { describeNumber } from '../documents/personal-number.ts';

/** The different 12-digit numbers that the documents name; one for a person, unless they contradict each other. */
export function numbersOf(documents: readonly IdentityDocument[]): string[] {
  return [...new Set(documents.flatMap(({ number }) => (number === null ? [] : [number])))];
}

/** The code or number has the test prefix 000: the whole chain runs, nobody is counted. */
export function isTest(documents: readonly IdentityDocument[]): boolean {
  return numbersOf(documents).some((number) => describeNumber(number)?.test === true);
}

export function isChip(document: IdentityDocument): document is ChipDocument {
  return document.kind === 'chip-card';
}
