import { expect, test } from 'vitest';
import { standardizedGroup } from '../../../src/chip/crypto/domain-parameters.ts';
import { writeTlv } from '../../../src/chip/tlv.ts';
import { G1 } from '../../../test/support/pace-examples.ts';
import { sampleCard } from '../../../test/support/sample-card.ts';
import type { CardSpec } from './card-spec.ts';
import { EmulatedCard } from './emulated-card.ts';

const hex = (text: string) => Uint8Array.from(Buffer.from(text.replaceAll(/\s/g, ''), 'hex'));
const toHex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex').toUpperCase();

/** Gives these values in order, each of the length asked for. */
function scriptedRandom(...values: readonly string[]) {
  const left = values.map(hex);
  return (bytes: number) => {
    const value = left.shift();
    expect(value).toHaveLength(bytes);
    return value ?? new Uint8Array(bytes);
  };
}

async function expectAnswers(
  card: EmulatedCard,
  ...exchanges: readonly (readonly [command: string, answer: string])[]
): Promise<void> {
  for (const [command, answer] of exchanges) {
    expect(toHex(await card.transmit(hex(command)))).toBe(answer);
  }
}

test('ICAO 9303-11, appendix D: BAC and secure messaging with the worked keys', async () => {
  const spec: CardSpec = {
    ...(await sampleCard()),
    mrz: { documentNumber: 'L898902C', birth: '690806', expiry: '940623' },
    files: new Map([[0x011e, hex('60145F0104303130365F36063034303030305C026175')]]),
  };
  // D.3: RND.IC and K.IC.
  const random = scriptedRandom('4608F91988702212', '0B4F80323EB3191CB04970CB4052790B');
  await expectAnswers(
    new EmulatedCard(spec, random),
    ['00A4040C07A0000002471001', '9000'],
    ['0084000008', '4608F919887022129000'],
    [
      '008200002872C29C2371CC9BDB65B779B8E8D37B29ECC154AA56A8799FAE2F498F76ED92F25F1448EEA8AD90A728',
      '46B9342A41396CD7386BF5803104D7CEDC122B9132139BAF2EEDC94EE178534F2F2D235D074D74499000',
    ],
    // D.4: EF.COM is selected, and read in two pieces.
    ['0CA4020C158709016375432908C044F68E08BF8B92D635FF24F800', '990290008E08FA855A5D4C50A8ED9000'],
    [
      '0CB000000D9701048E08ED6705417E96BA5500',
      '8709019FF0EC34F9922651990290008E08AD55CC17140B2DED9000',
    ],
    [
      '0CB000040D9701128E082EA28A70F3C7B53500',
      '871901FB9235F4E4037F2327DCC8964F1F9B8C30F42C8E2FFF224A990290008E08C8B2787EAEA07D749000',
    ],
  );
});

test('ICAO 9303-11, appendix G.1: PACE with generic mapping on brainpoolP256r1', async () => {
  const group = standardizedGroup(G1.parameterId);
  if (group === null) throw new Error('brainpoolP256r1 is not on the list');
  const spec: CardSpec = {
    ...(await sampleCard()),
    // G.1: T22000129364081251010318.
    mrz: { documentNumber: 'T22000129', birth: '640812', expiry: '101031' },
    masterFiles: new Map([[0x011c, hex(G1.efCardAccess)]]),
    pace: [{ mapping: 'generic', group, parameterId: G1.parameterId, cipher: 'aes128' }],
  };
  const object = (tag: number, value: string) => toHex(writeTlv(0x7c, writeTlv(tag, hex(value))));
  const step = (cla: string, data: string) =>
    `${cla}860000${(data.length / 2).toString(16).padStart(2, '0')}${data}00`;
  const padded = (scalar: string) => scalar.padStart(64, '0');
  const random = scriptedRandom(G1.nonce, padded(G1.icMapPrivate), padded(G1.icEphPrivate));
  await expectAnswers(
    new EmulatedCard(spec, random),
    ['0022C1A40F800A04007F00070202040202830101', '9000'],
    [step('10', '7C00'), `${object(0x80, G1.encryptedNonce)}9000`],
    [step('10', object(0x81, G1.ifdMapPublic)), `${object(0x82, G1.icMapPublic)}9000`],
    [step('10', object(0x83, G1.ifdEphPublic)), `${object(0x84, G1.icEphPublic)}9000`],
    [step('00', object(0x85, G1.tIfd)), `${object(0x86, G1.tIc)}9000`],
  );
});
