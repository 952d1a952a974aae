import { timingSafeEqual } from 'node:crypto';
import { type Response, SW } from './apdu.ts';
import type { CardSession } from './card-session.ts';
import type { ChipAuthenticationMapping } from './chip-authentication-mapping.ts';
import {
  BLOCK_BYTES,
  type BlockCipher,
  cbcDecrypt,
  cbcEncrypt,
  unpad,
} from './crypto/block-ciphers.ts';
import {
  byteLength,
  type Group,
  type KeyPair,
  newKeyPair,
  type RandomBytes,
  toBigInt,
  toMinimalBytes,
} from './crypto/group.ts';
import { deriveKey, deriveSessionKeys, type SessionKeys } from './crypto/key-derivation.ts';
import { computeMac } from './crypto/mac.ts';
import { encodeOid } from './der.ts';
import { generalAuthenticate, readAnswer, readOptionalAnswer } from './general-authenticate.ts';
import type { PaceChoice } from './pace-choice.ts';
import { mapIntegrated, terminalNonceBytes } from './pace-mapping.ts';
import { ProtocolError } from './protocol-error.ts';
import { openSecureMessaging } from './secure-messaging.ts';
import { writeTlv } from './tlv.ts';

/** What is printed on the card: the card access number, or what `mrzSecret` makes of the machine-readable zone. */
export type PacePassword =
  | { readonly kind: 'can'; readonly can: string }
  | { readonly kind: 'mrz'; readonly secret: Uint8Array };

export type PaceOutcome =
  /** The session is secured: the chip knows the password too. */
  | { readonly kind: 'open'; readonly chipAuthentication: ChipAuthenticationMapping | null }
  /** At `token`: the card took every step and then did not accept what this password leads to. */
  | { readonly kind: 'refused'; readonly at: PaceStep; readonly sw: number };

export type PaceStep = 'select' | 'nonce' | 'mapping' | 'agreement' | 'token';

type Agreed = SessionKeys & { readonly own: Uint8Array; readonly theirs: Uint8Array };
type Mapped = { readonly generator: Uint8Array; readonly theirs: Uint8Array | null };

const REFERENCE = { mrz: 0x01, can: 0x02 } as const;
const TAG = {
  mechanism: 0x80,
  password: 0x83,
  domainParameters: 0x84,
  encryptedNonce: 0x80,
  mapping: 0x81,
  mappingAnswer: 0x82,
  publicKey: 0x83,
  publicKeyAnswer: 0x84,
  token: 0x85,
  tokenAnswer: 0x86,
  chipData: 0x8a,
} as const;
const PUBLIC_KEY_TEMPLATE = 0x7f49;
/** 9303-11, 9.4.3 and 9.4.4: the public value, the public point. */
const PUBLIC_VALUE = { dh: 0x84, ecdh: 0x86 } as const;
/** Longer than any chip's nonce, which has one or two blocks. */
const NONCE_BYTES_MAX = 64;
const SMALL_ANSWER_BYTES = 160;
/** 6Axx: 6A80, 6A87 and 6A88 say that a reference is wrong or missing. */
const WRONG_PARAMETERS = 0x6a;

/** A status word that is not 9000, on its way to the outcome. */
class Refusal extends Error {
  readonly at: PaceStep;
  readonly sw: number;

  constructor(at: PaceStep, sw: number) {
    super(`refused at ${at}`);
    this.at = at;
    this.sw = sw;
  }
}

/**
 * PACE (ICAO 9303-11, 4.4) with the master file selected, as it is after a reset; secures the session. Five commands.
 * `random` gives bytes that nobody can guess. Throws ProtocolError: `pace.*`, `group.*` or `tlv.*` for what no chip that
 * keeps to the protocol answers, `pace.token` among them for a chip that does not know the password itself. `onTest` is called
 * right before the one command that tests the password, the token.
 */
export async function performPace(
  session: CardSession,
  choice: PaceChoice,
  password: PacePassword,
  random: RandomBytes,
  onTest: () => void = () => undefined,
): Promise<PaceOutcome> {
  try {
    await selectProtocol(session, choice, password);
    const nonce = await askNonce(session, choice, password);
    const mapped = await mapNonce(session, choice, nonce, random);
    const agreed = await agreeOnKeys(session, choice, mapped.generator, random);
    onTest();
    const chipAuthentication = await exchangeTokens(session, choice, mapped, agreed);
    session.switchTo(openSecureMessaging({ cipher: choice.cipher, ...agreed }));
    return { kind: 'open', chipAuthentication };
  } catch (error) {
    if (error instanceof Refusal) return { kind: 'refused', at: error.at, sw: error.sw };
    throw error;
  }
}

/** 4.4.4.1: MSE:Set AT. Domain parameters are told where there are several; chips exist that miss them where there is one set. */
async function selectProtocol(
  session: CardSession,
  { protocol, parameterId, ambiguous }: PaceChoice,
  password: PacePassword,
): Promise<void> {
  const mechanism = writeTlv(TAG.mechanism, encodeOid(protocol).subarray(2));
  const reference = writeTlv(TAG.password, Uint8Array.of(REFERENCE[password.kind]));
  const send = (...more: readonly Uint8Array[]) => {
    const data = Buffer.concat([mechanism, reference, ...more]);
    return session.send({ cla: 0x00, ins: 0x22, p1: 0xc1, p2: 0xa4, data, le: null });
  };
  if (parameterId === null) return void accepted('select', await send());
  const parameters = writeTlv(TAG.domainParameters, toMinimalBytes(BigInt(parameterId)));
  const first = await send(...(ambiguous ? [parameters] : []));
  const missed = !ambiguous && first.sw >> 8 === WRONG_PARAMETERS;
  accepted('select', missed ? await send(parameters) : first);
}

/** Step 1: the chip's nonce, encrypted under the password. */
async function askNonce(
  session: CardSession,
  { cipher }: PaceChoice,
  password: PacePassword,
): Promise<Uint8Array> {
  const response = await generalAuthenticate(session, {
    ...{ tag: null, data: new Uint8Array(0), chained: true, answerBytes: SMALL_ANSWER_BYTES },
  });
  const encrypted = readAnswer(accepted('nonce', response), TAG.encryptedNonce, 'PACE nonce');
  const whole = encrypted.length > 0 && encrypted.length % BLOCK_BYTES[cipher] === 0;
  if (!whole || encrypted.length > NONCE_BYTES_MAX) {
    throw new ProtocolError('pace.nonce', `an encrypted nonce of ${encrypted.length} bytes`);
  }
  return cbcDecrypt(cipher, passwordKey(cipher, password), encrypted);
}

/** 9.7.3: K_pi. */
function passwordKey(cipher: BlockCipher, password: PacePassword): Uint8Array {
  const secret = password.kind === 'can' ? Buffer.from(password.can, 'latin1') : password.secret;
  return deriveKey(cipher, secret, 'password');
}

/** Step 2: the nonce and what either side sends lead to a generator nobody could have known. */
async function mapNonce(
  session: CardSession,
  { group, mapping, cipher }: PaceChoice,
  nonce: Uint8Array,
  random: RandomBytes,
): Promise<Mapped> {
  if (mapping === 'integrated') {
    const t = random(terminalNonceBytes(cipher));
    await sendMapping(session, t, SMALL_ANSWER_BYTES);
    return { generator: mapIntegrated(group, cipher, nonce, t), theirs: null };
  }
  const own = newKeyPair(group, random, null);
  const response = await sendMapping(session, own.publicKey, elementBytes(group));
  const theirs = Uint8Array.from(readAnswer(response, TAG.mappingAnswer, 'PACE mapping'));
  refuseReflection(group, own, theirs);
  return { generator: group.mapGeneric(toBigInt(nonce), own.privateKey, theirs), theirs };
}

async function sendMapping(
  session: CardSession,
  data: Uint8Array,
  answerBytes: number,
): Promise<Response> {
  const step = { tag: TAG.mapping, data, chained: true, answerBytes };
  return accepted('mapping', await generalAuthenticate(session, step));
}

/** Step 3. */
async function agreeOnKeys(
  session: CardSession,
  { group, cipher }: PaceChoice,
  generator: Uint8Array,
  random: RandomBytes,
): Promise<Agreed> {
  const own = newKeyPair(group, random, generator);
  const response = await generalAuthenticate(session, {
    ...{ tag: TAG.publicKey, data: own.publicKey, chained: true },
    answerBytes: elementBytes(group),
  });
  const theirs = readAnswer(accepted('agreement', response), TAG.publicKeyAnswer, 'PACE key');
  refuseReflection(group, own, theirs);
  const keys = deriveSessionKeys(cipher, group.agree(own.privateKey, theirs));
  return { ...keys, own: own.publicKey, theirs: Uint8Array.from(theirs) };
}

/** Step 4: either side proves that it came to the same keys; with chip authentication mapping the chip proves more. */
async function exchangeTokens(
  session: CardSession,
  choice: PaceChoice,
  mapped: Mapped,
  { keyEnc, keyMac, own, theirs }: Agreed,
): Promise<ChipAuthenticationMapping | null> {
  const response = await generalAuthenticate(session, {
    ...{ tag: TAG.token, data: tokenOver(choice, keyMac, theirs), chained: false },
    answerBytes: SMALL_ANSWER_BYTES,
  });
  const token = readAnswer(accepted('token', response), TAG.tokenAnswer, 'PACE token');
  const expected = tokenOver(choice, keyMac, own);
  if (token.length !== expected.length || !timingSafeEqual(token, expected)) {
    throw new ProtocolError('pace.token', 'the token of the chip is wrong');
  }
  if (choice.mapping !== 'chip-authentication' || mapped.theirs === null) return null;
  const encrypted = readOptionalAnswer(response, TAG.chipData, 'chip authentication data');
  const chipData = decryptChipData(choice.cipher, keyEnc, encrypted ?? new Uint8Array(0));
  return {
    ...{ group: choice.group, keyId: choice.parameterId },
    ...{ mappingKey: mapped.theirs, chipData },
  };
}

/** 4.4.3.4: over the public key that was received, with the protocol's identifier. */
function tokenOver(
  { protocol, group, cipher }: PaceChoice,
  keyMac: Uint8Array,
  publicKey: Uint8Array,
): Uint8Array {
  const key = writeTlv(PUBLIC_VALUE[group.kind], publicKey);
  return computeMac(cipher, keyMac, writeTlv(PUBLIC_KEY_TEMPLATE, encodeOid(protocol), key));
}

/** 4.4.3.5: CBC with IV = E(KSenc, -1), padded by method 2. */
function decryptChipData(cipher: BlockCipher, keyEnc: Uint8Array, encrypted: Uint8Array): bigint {
  const blockBytes = BLOCK_BYTES[cipher];
  if (encrypted.length === 0 || encrypted.length % blockBytes !== 0) {
    throw new ProtocolError(
      'pace.chip-data',
      `encrypted chip authentication data of ${encrypted.length} bytes`,
    );
  }
  const iv = cbcEncrypt(cipher, keyEnc, new Uint8Array(blockBytes).fill(0xff));
  const data = unpad(cbcDecrypt(cipher, keyEnc, encrypted, iv), blockBytes);
  if (data === null) {
    throw new ProtocolError('pace.chip-data', 'chip authentication data is not padded');
  }
  return toBigInt(data);
}

/** 4.4.1, step 3: one's own key thrown back makes every key known to whoever throws. */
function refuseReflection(group: Group, own: KeyPair, theirs: Uint8Array): void {
  if (group.same(own.publicKey, theirs)) {
    throw new ProtocolError('pace.reflected', 'the chip sent our own public key back');
  }
}

function accepted(at: PaceStep, response: Response): Response {
  if (response.sw !== SW.ok) throw new Refusal(at, response.sw);
  return response;
}

/** The longest a public key of the group is. */
function elementBytes({ kind, prime }: Group): number {
  return kind === 'ecdh' ? 1 + 2 * byteLength(prime) : byteLength(prime);
}
