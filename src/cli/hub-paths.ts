import { InputError } from '../kernel/errors.ts';

/** Where a batch is in the operators' interface. Throws InputError for what is no number. */
export function batchPath(text: string): string {
  if (/^[1-9][0-9]{0,14}$/.test(text)) return `/api/v1/batches/${text}`;
  throw new InputError(`expected the number of a batch, as 'chot hub register list' names it`);
}
