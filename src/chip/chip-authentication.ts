import { type AgreementKey, readAgreementKey } from './agreement-key.ts';
import { type Response, SW } from './apdu.ts';
import type { CardSession } from './card-session.ts';
import { type BlockCipher, KEY_BYTES } from './crypto/block-ciphers.ts';
import { newKeyPair, type RandomBytes, toMinimalBytes } from './crypto/group.ts';
import { deriveSessionKeys } from './crypto/key-derivation.ts';
import { encodeOid } from './der.ts';
import { generalAuthenticate } from './general-authenticate.ts';
import { ProtocolError } from './protocol-error.ts';
import { openSecureMessaging } from './secure-messaging.ts';
import type { ChipAuthenticationKeyInfo, SecurityInfos } from './security-infos.ts';
import { writeTlv } from './tlv.ts';

/** One way in which a chip can prove itself, from verified EF.DG14. */
export type ChipAuthenticationChoice = {
  readonly kind: 'possible';
  readonly protocol: string;
  readonly cipher: BlockCipher;
  readonly keyId: number | null;
  readonly key: AgreementKey;
};

export type ChipAuthenticationOffer =
  | ChipAuthenticationChoice
  /** The file speaks of no Chip Authentication. */
  | { readonly kind: 'none' }
  /** It does, and this terminal knows neither protocol nor group: nothing is proven and nothing disproven. */
  | { readonly kind: 'unsupported' }
  /** It does, and its key is none: `group.element`, `der.*`. */
  | { readonly kind: 'broken'; readonly code: string };

export type ChipAuthenticationOutcome =
  /** The session goes on under new keys. The chip has proven nothing yet: its next answer, correctly MACed, does. */
  | { readonly kind: 'keys-changed' }
  | {
      readonly kind: 'refused';
      readonly at: 'key' | 'select' | 'authenticate';
      readonly sw: number;
    };

const VERSION = 1;
const TAG = { ephemeralKey: 0x91, privateKeyReference: 0x84, mechanism: 0x80 } as const;
const GENERAL_AUTHENTICATE_KEY = 0x80;
/** An empty dynamic authentication data object is all that comes. */
const ANSWER_BYTES = 16;
/** 9303-11, 9.2.7: of an info that names one, ours or not. */
const PROTOCOL_WITH_CIPHER = /^0\.4\.0\.127\.0\.7\.2\.2\.3(?:\.\d+){2}$/;
/** Chips of before 9303-11 name no protocol: theirs is 3DES (TR-03110, version 1.11). */
const IMPLIED_PROTOCOL = {
  dh: '0.4.0.127.0.7.2.2.3.1.1',
  ecdh: '0.4.0.127.0.7.2.2.3.2.1',
} as const;

/** The best that the infos offer: curves before primes, AES before 3DES (ICAO 9303-11, 8.5). Never throws. */
export function chooseChipAuthentication(infos: SecurityInfos): ChipAuthenticationOffer {
  if (infos.chipAuthentication.length === 0 && infos.chipAuthenticationKeys.length === 0) {
    return { kind: 'none' };
  }
  const offers = protocolsOf(infos).flatMap((info) =>
    infos.chipAuthenticationKeys
      .filter(({ agreement, keyId }) => agreement === info.agreement && fits(info.keyId, keyId))
      .map((key) => offerOf(info, key)),
  );
  const possible = offers.filter((offer) => offer.kind === 'possible');
  const [best] = possible.sort((one, other) => rank(other) - rank(one));
  return best ?? offers.find(({ kind }) => kind === 'broken') ?? { kind: 'unsupported' };
}

type Protocol = Pick<
  SecurityInfos['chipAuthentication'][number],
  'agreement' | 'protocol' | 'cipher' | 'keyId'
>;

function protocolsOf({
  chipAuthentication,
  chipAuthenticationKeys,
  unknown,
}: SecurityInfos): readonly Protocol[] {
  const named = unknown.some(({ protocol }) => PROTOCOL_WITH_CIPHER.test(protocol));
  if (chipAuthentication.length > 0 || named) {
    return chipAuthentication.filter(({ version }) => version === VERSION);
  }
  return chipAuthenticationKeys.map(({ agreement, keyId }) => ({
    ...{ agreement, keyId, cipher: '3des' },
    protocol: IMPLIED_PROTOCOL[agreement],
  }));
}

/** 9.2.5 and 9.2.6: identifiers may be left out where there is one key only. */
function fits(wanted: number | null, keyId: number | null): boolean {
  return wanted === null || keyId === null || wanted === keyId;
}

function offerOf(info: Protocol, keyInfo: ChipAuthenticationKeyInfo): ChipAuthenticationOffer {
  try {
    const key = readAgreementKey(keyInfo.publicKeyInfo);
    if (key.group.kind !== info.agreement) return { kind: 'unsupported' };
    return {
      ...{ kind: 'possible', protocol: info.protocol, cipher: info.cipher },
      ...{ keyId: info.keyId ?? keyInfo.keyId, key },
    };
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    return error.code === 'group.unsupported'
      ? { kind: 'unsupported' }
      : { kind: 'broken', code: error.code };
  }
}

function rank({ cipher, key }: ChipAuthenticationChoice): number {
  return (key.group.kind === 'ecdh' ? 100 : 0) + (cipher === '3des' ? 0 : KEY_BYTES[cipher]);
}

/**
 * Chip Authentication, version 1 (ICAO 9303-11, 6.2) in a secured session. When the chip takes the terminal's key the session goes
 * on under keys that only the holder of the private key can make too. Throws what the session throws.
 */
export async function performChipAuthentication(
  session: CardSession,
  choice: ChipAuthenticationChoice,
  random: RandomBytes,
): Promise<ChipAuthenticationOutcome> {
  const { group, publicKey } = choice.key;
  const own = newKeyPair(group, random, null);
  const refused = await sendKey(session, choice, own.publicKey);
  if (refused !== null) return refused;
  const keys = deriveSessionKeys(choice.cipher, group.agree(own.privateKey, publicKey));
  session.switchTo(openSecureMessaging({ cipher: choice.cipher, ...keys }));
  return { kind: 'keys-changed' };
}

async function sendKey(
  session: CardSession,
  choice: ChipAuthenticationChoice,
  ephemeralKey: Uint8Array,
): Promise<ChipAuthenticationOutcome | null> {
  if (choice.cipher === '3des') {
    const { sw } = await setKeyAgreementTemplate(session, choice, ephemeralKey);
    if (sw === SW.ok) return null;
    // 8.5, note 1: chips with 3DES exist that know the other commands only.
    const other = await authenticate(session, choice, ephemeralKey);
    return other === null ? null : { kind: 'refused', at: 'key', sw };
  }
  return authenticate(session, choice, ephemeralKey);
}

/** 6.2.4.1: MSE:Set KAT. */
function setKeyAgreementTemplate(
  session: CardSession,
  { keyId }: ChipAuthenticationChoice,
  ephemeralKey: Uint8Array,
): Promise<Response> {
  const data = Buffer.concat([writeTlv(TAG.ephemeralKey, ephemeralKey), keyReference(keyId)]);
  if (data.length > session.shortDataMax) session.allowExtended();
  return session.send({ cla: 0x00, ins: 0x22, p1: 0x41, p2: 0xa6, data, le: null });
}

/** 6.2.4.2: MSE:Set AT, then GENERAL AUTHENTICATE. */
async function authenticate(
  session: CardSession,
  { protocol, keyId }: ChipAuthenticationChoice,
  ephemeralKey: Uint8Array,
): Promise<ChipAuthenticationOutcome | null> {
  const mechanism = writeTlv(TAG.mechanism, encodeOid(protocol).subarray(2));
  const data = Buffer.concat([mechanism, keyReference(keyId)]);
  const command = { cla: 0x00, ins: 0x22, p1: 0x41, p2: 0xa4, data, le: null };
  const selected = await session.send(command);
  if (selected.sw !== SW.ok) return { kind: 'refused', at: 'select', sw: selected.sw };
  const { sw } = await generalAuthenticate(session, {
    ...{ tag: GENERAL_AUTHENTICATE_KEY, data: ephemeralKey, chained: false },
    answerBytes: ANSWER_BYTES,
  });
  return sw === SW.ok ? null : { kind: 'refused', at: 'authenticate', sw };
}

function keyReference(keyId: number | null): Uint8Array {
  return keyId === null
    ? new Uint8Array(0)
    : writeTlv(TAG.privateKeyReference, toMinimalBytes(BigInt(keyId)));
}
