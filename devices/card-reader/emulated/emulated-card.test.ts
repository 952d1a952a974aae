import { expect, test } from 'vitest';
import { performActiveAuthentication } from '../../../src/chip/active-authentication.ts';
import { SW } from '../../../src/chip/apdu.ts';
import { basicAccessKeys, mrzSecret, performBac } from '../../../src/chip/bac.ts';
import { CardSession } from '../../../src/chip/card-session.ts';
import {
  chooseChipAuthentication,
  performChipAuthentication,
} from '../../../src/chip/chip-authentication.ts';
import { verifyChipAuthenticationMapping } from '../../../src/chip/chip-authentication-mapping.ts';
import { parseDg1 } from '../../../src/chip/lds/dg1.ts';
import { parseDg2 } from '../../../src/chip/lds/dg2.ts';
import { parseDg13 } from '../../../src/chip/lds/dg13.ts';
import { parseDg14 } from '../../../src/chip/lds/dg14.ts';
import { parseDg15 } from '../../../src/chip/lds/dg15.ts';
import { type PacePassword, performPace } from '../../../src/chip/pace.ts';
import { choosePace } from '../../../src/chip/pace-choice.ts';
import { countMissing, parseSecurityInfos } from '../../../src/chip/security-infos.ts';
import { readHead } from '../../../src/chip/tlv.ts';
import {
  SAMPLE_PERSON,
  sampleCard,
  samplePortrait,
  seededRandom,
} from '../../../test/support/sample-card.ts';
import type { CardSpec } from './card-spec.ts';
import { EmulatedCard } from './emulated-card.ts';

const APPLICATION = Buffer.from('a0000002471001', 'hex');
const CAN: PacePassword = { kind: 'can', can: '000001' };
const hex = (text: string) => Uint8Array.from(Buffer.from(text.replaceAll(' ', ''), 'hex'));
const toHex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex').toUpperCase();
const fails = (code: string) => expect.objectContaining({ name: 'ProtocolError', code });

function open(spec: CardSpec, seed = 'card session') {
  const card = new EmulatedCard(spec, seededRandom(seed));
  return { card, session: new CardSession(card) };
}

async function readAll(session: CardSession, fileId: number, le = 223): Promise<Uint8Array> {
  expect((await session.selectFile(fileId)).sw).toBe(SW.ok);
  const first = await session.readBinary(0, le);
  expect(first.sw & 0xff7f).toBe(first.sw === SW.endOfFile ? 0x6202 : SW.ok & 0xff7f);
  const { headBytes, valueBytes } = readHead(first.data);
  let file: Uint8Array = first.data;
  while (file.length < headBytes + valueBytes) {
    const { data, sw } = await session.readBinary(file.length, le);
    expect([SW.ok, SW.endOfFile]).toContain(sw);
    file = Buffer.concat([file, data]);
  }
  return file;
}

async function openPace(
  session: CardSession,
  password: PacePassword = CAN,
  mapping = 'generic',
  seed = 'terminal',
) {
  const infos = parseSecurityInfos(await readAll(session, 0x011c));
  const choice = choosePace(infos).find((each) => each.mapping === mapping);
  if (choice === undefined) throw new Error('no such mapping offered');
  return { infos, outcome: await performPace(session, choice, password, seededRandom(seed)) };
}

async function letIn(session: CardSession): Promise<void> {
  expect((await openPace(session)).outcome.kind).toBe('open');
  expect((await session.selectApplication(APPLICATION)).sw).toBe(SW.ok);
}

test('EF.CardAccess is read before anything else, in the bytes the cards have', async () => {
  const { session } = open(await sampleCard());
  expect(toHex(await readAll(session, 0x011c))).toBe(
    '3134300D060804007F0007020202020101300F060A04007F000702020302020201013012060A04007F0007020204020202010202010D',
  );
});

test('PACE with the CAN opens the files, and each says what the person is', async () => {
  const { session } = open(await sampleCard());
  await letIn(session);
  const { lines } = parseDg1(await readAll(session, 0x0101)) as { lines?: unknown };
  expect(lines ?? null).toBeDefined();
  const portrait = await samplePortrait();
  const [picture] = parseDg2(await readAll(session, 0x0102));
  expect(picture).toMatchObject({ width: portrait.width, height: portrait.height });
  expect(parseDg13(await readAll(session, 0x010d))).toMatchObject({
    ...{ number: SAMPLE_PERSON.number, name: SAMPLE_PERSON.name, birth: '01/01/1999' },
    ...{ father: SAMPLE_PERSON.father, mother: SAMPLE_PERSON.mother, spouse: null, unknown: [] },
  });
});
