import { EXTENDED_LE_MAX, type Response, SHORT_LE_MAX } from './apdu.ts';
import type { CardSession } from './card-session.ts';
import { findTlv, needTlv, readTlvs, writeTlv } from './tlv.ts';

const DYNAMIC_AUTHENTICATION_DATA = 0x7c;
/** 7C and the object within: tag and up to three bytes of length each. */
const HEADS_BYTES = 8;

/** A dynamic authentication data object with one object in it, or none. */
export type Step = {
  readonly tag: number | null;
  readonly data: Uint8Array;
  /** Another command of the same protocol follows (ICAO 9303-11, 4.4.4.3). */
  readonly chained: boolean;
  /** How long the object in the answer may be. */
  readonly answerBytes: number;
};

/** GENERAL AUTHENTICATE (ICAO 9303-11, 4.4.4.2 and 6.2.4.2). Throws what the session throws. */
export function generalAuthenticate(session: CardSession, step: Step): Promise<Response> {
  const inner = step.tag === null ? [] : [writeTlv(step.tag, step.data)];
  const data = writeTlv(DYNAMIC_AUTHENTICATION_DATA, ...inner);
  // 9.3.1.2 and 9.3.2: extended length is for this command, chaining of its data is not.
  if (data.length > session.shortDataMax) session.allowExtended();
  const le = step.answerBytes + HEADS_BYTES > SHORT_LE_MAX ? EXTENDED_LE_MAX : SHORT_LE_MAX;
  return session.send({
    ...{ cla: step.chained ? 0x10 : 0x00, ins: 0x86, p1: 0x00, p2: 0x00 },
    ...{ data, le },
  });
}

/** The value of that object in the answer. Throws ProtocolError `tlv.*`, naming `what`. */
export function readAnswer({ data }: Response, tag: number, what: string): Uint8Array {
  return needTlv(answerObjects(data, what), tag, what).value;
}

/** The value of that object in the answer, or null when it is not there. Throws ProtocolError `tlv.*`. */
export function readOptionalAnswer(
  { data }: Response,
  tag: number,
  what: string,
): Uint8Array | null {
  return findTlv(answerObjects(data, what), tag)?.value ?? null;
}

function answerObjects(data: Uint8Array, what: string) {
  return readTlvs(needTlv(readTlvs(data), DYNAMIC_AUTHENTICATION_DATA, what).value);
}
