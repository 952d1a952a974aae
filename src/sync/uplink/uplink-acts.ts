import { fromHex, toHex } from '../../kernel/bytes.ts';
import type { HeadsJudgement, NewEpoch } from './judge-heads.ts';
import { newestReceipt, ownEpochs } from './own-journal.ts';
import type { UplinkDeps } from './uplink-deps.ts';

type Acting = Pick<UplinkDeps, 'journal' | 'alarms' | 'identity'>;

/** Does in the journal what the hub's heads ask for. Throws StorageFault, and may be done again whole. */
export function actOn({ forget, start, forked }: HeadsJudgement, deps: Acting): void {
  const { alarms } = deps;
  let segments = 0;
  for (const each of forget) segments += forgetFrom(each, deps);
  if (segments > 0) alarms.raise('hub.restored', { segments });
  if (forked.length > 0) alarms.raise('journal.forked', { epochs: forked.join(' ') });
  if (start !== null) startEpoch(start, deps);
}

/** The hub has other bytes under an address of ours: on from what it last gave a receipt for. */
export function startConflict(deps: Acting): void {
  const receipt = newestReceipt(deps.journal);
  const continuesFrom =
    receipt === null ? null : { sequence: receipt.last, link: toHex(receipt.link) };
  startEpoch({ reason: 'conflict', continuesFrom }, deps);
}

/** How far the hub has opened; never beyond what is ours, for of another chain under our name nothing is believed. */
export function noteOpened(
  heads: readonly { readonly epoch: string; readonly openedThrough: number }[],
  { journal, identity }: Acting,
): void {
  const own = ownEpochs(journal);
  for (const { epoch, openedThrough: through } of heads) {
    const ours = own.find((each) => each.epoch === epoch);
    if (ours === undefined || through < ours.first || through > ours.last) continue;
    journal.uploads.noteOpened({ epoch: bytesOf(epoch), through, atMs: identity.time().latestMs });
  }
}

/** `epoch` of a journal or a checked answer, in hexadecimal. */
export function bytesOf(epoch: string): Uint8Array {
  const bytes = fromHex(epoch);
  if (bytes === null) throw new Error('an epoch that is not hexadecimal');
  return bytes;
}

function forgetFrom(
  { epoch, from }: HeadsJudgement['forget'][number],
  { journal, alarms }: Acting,
): number {
  let segments = 0;
  for (;;) {
    const step = journal.uploads.forgetAcknowledged({ epoch: bytesOf(epoch), from });
    segments += step.segments;
    if (step.more) continue;
    if (step.gone !== null) alarms.raise('journal.gone', { epoch, ...step.gone });
    return segments;
  }
}

function startEpoch({ reason, continuesFrom }: NewEpoch, { journal, alarms }: Acting): void {
  const from =
    continuesFrom === null
      ? null
      : { sequence: continuesFrom.sequence, link: bytesOf(continuesFrom.link) };
  const { first } = journal.startEpoch(reason, from);
  alarms.raise(`journal.${reason}`, { first });
}
