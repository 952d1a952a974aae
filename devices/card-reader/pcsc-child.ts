// The process that talks to pcscd for PcscHost. It lives until its host kills it, or is gone.
import { connectorOf, openPcsc, type PcscSlot } from './native-pcsclite.ts';
import { failureOfMessage } from './pcsc-code.ts';
import {
  type ChildMessage,
  type CommandResult,
  type HostMessage,
  parseHostMessage,
  shortDetail,
} from './pcsc-messages.ts';
import { ChildSlot, failed } from './pcsc-slot.ts';

const LOOK_AGAIN_MS = 300;
/** The library says nothing when there is no reader; it lists those that are there well within this. */
const FIRST_LIST_MS = 150;
const SEEN_MAX = 64;

/** Slots that were ever seen, by name: their connectors must live as long as the process. */
const seen = new Map<string, ChildSlot>();
const present = new Set<ChildSlot>();
/** Slots of which nothing is known yet but that they are there: until it is, the picture is not whole. */
const announced = new Set<ChildSlot>();
let isListed = false;
let insertions = 0;

function send(message: ChildMessage): void {
  // Without a host to hear it, `disconnect` ends us.
  if (process.connected) process.send?.(message);
}

function tellSlots(): void {
  if (isListed && announced.size === 0)
    send({ kind: 'slots', slots: [...present].map(({ state }) => state) });
}

function lose(error: unknown): void {
  send({ kind: 'service-lost', detail: wordsOf(error) });
}

function watchSlot(reader: PcscSlot): void {
  const slot = seen.get(reader.name) ?? new ChildSlot(connectorOf(reader), () => ++insertions);
  seen.set(reader.name, slot);
  if (seen.size > SEEN_MAX) lose(`more than ${SEEN_MAX} different readers were seen`);
  announced.add(slot);
  isListed = true;
  reader.on('error', (error) => {
    // Unplugged: `end` follows.
    if (failureOfMessage(wordsOf(error)) !== 'no-reader') lose(error);
  });
  reader.on('status', ({ state, atr }) => {
    const changed = slot.observe(state, atr);
    const isNew = !present.has(slot);
    present.add(slot);
    announced.delete(slot);
    if (changed || isNew) tellSlots();
  });
  reader.on('end', () => {
    slot.leave();
    present.delete(slot);
    announced.delete(slot);
    tellSlots();
  });
}

function open(): void {
  try {
    const service = openPcsc();
    service.on('error', lose);
    service.on('reader', watchSlot);
    setTimeout(() => {
      if (isListed) return;
      isListed = true;
      tellSlots();
    }, FIRST_LIST_MS);
  } catch (error) {
    send({ kind: 'service-down', detail: wordsOf(error) });
    setTimeout(open, LOOK_AGAIN_MS);
  }
}

async function carryOut({ id, command }: HostMessage): Promise<void> {
  const result: CommandResult =
    command.kind === 'ping'
      ? { kind: 'done', response: new Uint8Array(0) }
      : await (seen.get(command.slot)?.run(command) ?? failed('no-reader', 'never seen'));
  send({ kind: 'result', id, result });
  if (result.kind === 'failed' && result.failure === 'no-service') lose(result.detail);
}

function wordsOf(error: unknown): string {
  return shortDetail(error instanceof Error ? error.message : String(error));
}

process.on('message', (message) => {
  const parsed = parseHostMessage(message);
  if (parsed !== null) void carryOut(parsed);
});
process.once('disconnect', () => process.kill(process.pid, 'SIGKILL'));
open();
