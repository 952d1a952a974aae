/** What a host and its child say to each other. Whatever arrives is checked: a child may have gone mad. */

/** SCardTransmit's largest answer: 65,536 bytes of data and the status word. */
export const RESPONSE_BYTES_MAX = 65_538;
/** Extended length: head, Lc, 65,535 bytes, Le. */
const COMMAND_BYTES_MAX = 65_544;
const NAME_CHARACTERS_MAX = 200;
const DETAIL_CHARACTERS_MAX = 300;
const SLOTS_MAX = 64;
const ATR_BYTES_MAX = 36;

export type SlotState = {
  readonly name: string;
  /** Number of the insertion, new for each one in a child's life; null without a card. */
  readonly insertion: number | null;
  readonly atr: Uint8Array;
};

/** Why a command could not be carried out. */
export const FAILURES = [
  'busy',
  'no-card',
  'unresponsive',
  'no-reader',
  'no-service',
  'refused',
] as const;
export type Failure = (typeof FAILURES)[number];

export type CommandResult =
  | { readonly kind: 'done'; readonly response: Uint8Array }
  | { readonly kind: 'failed'; readonly failure: Failure; readonly detail: string };

export type ChildMessage =
  /** The whole picture, at each change. */
  | { readonly kind: 'slots'; readonly slots: readonly SlotState[] }
  /** No pcscd. The child looks again by itself. */
  | { readonly kind: 'service-down'; readonly detail: string }
  /** It was there and is lost: only a new child recovers. */
  | { readonly kind: 'service-lost'; readonly detail: string }
  | { readonly kind: 'result'; readonly id: number; readonly result: CommandResult };

export type CardCommand =
  | { readonly kind: 'connect'; readonly slot: string; readonly insertion: number }
  | {
      readonly kind: 'transmit';
      readonly slot: string;
      readonly insertion: number;
      readonly apdu: Uint8Array;
    }
  | { readonly kind: 'disconnect'; readonly slot: string; readonly insertion: number };

export type HostCommand = CardCommand | { readonly kind: 'ping' };
export type HostMessage = { readonly id: number; readonly command: HostCommand };

/** Null for what no sane child sends. */
export function parseChildMessage(message: unknown): ChildMessage | null {
  if (!isRecord(message)) return null;
  const { kind, detail, slots, id, result } = message;
  switch (kind) {
    case 'service-down':
    case 'service-lost':
      return isText(detail, DETAIL_CHARACTERS_MAX) ? { kind, detail } : null;
    case 'slots': {
      if (!Array.isArray(slots) || slots.length > SLOTS_MAX) return null;
      const parsed = slots.map(parseSlot).filter((slot) => slot !== null);
      return parsed.length === slots.length ? { kind, slots: parsed } : null;
    }
    case 'result': {
      const parsed = parseResult(result);
      return isCount(id) && parsed !== null ? { kind, id, result: parsed } : null;
    }
    default:
      return null;
  }
}

/** Null for what no host sends. */
export function parseHostMessage(message: unknown): HostMessage | null {
  if (!isRecord(message) || !isCount(message['id']) || !isRecord(message['command'])) return null;
  const id = message['id'];
  const { kind, slot, insertion, apdu } = message['command'];
  if (kind === 'ping') return { id, command: { kind } };
  if (!isText(slot, NAME_CHARACTERS_MAX) || !isCount(insertion)) return null;
  if (kind === 'connect' || kind === 'disconnect')
    return { id, command: { kind, slot, insertion } };
  if (kind !== 'transmit' || !isBytes(apdu, COMMAND_BYTES_MAX)) return null;
  return { id, command: { kind, slot, insertion, apdu } };
}

/** Cut to what the other side accepts. */
export function shortDetail(text: string): string {
  return text.slice(0, DETAIL_CHARACTERS_MAX);
}

function parseSlot(slot: unknown): SlotState | null {
  if (!isRecord(slot)) return null;
  const { name, insertion, atr } = slot;
  if (!isText(name, NAME_CHARACTERS_MAX) || !isBytes(atr, ATR_BYTES_MAX)) return null;
  return insertion === null || isCount(insertion) ? { name, insertion, atr } : null;
}

function parseResult(result: unknown): CommandResult | null {
  if (!isRecord(result)) return null;
  const { kind, response, failure, detail } = result;
  if (kind === 'done')
    return isBytes(response, RESPONSE_BYTES_MAX)
      ? { kind, response: Uint8Array.from(response) }
      : null;
  const known = FAILURES.find((each) => each === failure);
  if (kind !== 'failed' || known === undefined) return null;
  return isText(detail, DETAIL_CHARACTERS_MAX) ? { kind, failure: known, detail } : null;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}

function isText(value: unknown, charactersMax: number): value is string {
  return typeof value === 'string' && value.length <= charactersMax;
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}

function isBytes(value: unknown, bytesMax: number): value is Uint8Array {
  return value instanceof Uint8Array && value.length <= bytesMax;
}
