import pcsclite from 'pcsclite';

export type PcscLite = ReturnType<typeof pcsclite>;
export type PcscSlot = Parameters<Parameters<PcscLite['on']>[1]>[0];

/** Throws where pcscd is not there. Aborts the whole process when it is called in a worker thread. */
export const openPcsc: () => PcscLite = pcsclite;

/**
 * A second object for the slot, to connect by. The one that reports status shares a lock with its own commands: a mute
 * card would stop the whole event loop at the next status. Never close it, and let it never be collected: only an object
 * whose status was asked for has its thread's field set, and both read it.
 */
export function connectorOf(slot: PcscSlot): PcscSlot {
  const Slot = slot.constructor as new (name: string) => PcscSlot;
  return new Slot(slot.name);
}
