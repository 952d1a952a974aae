import { createHash } from 'node:crypto';
import sharp from 'sharp';
import { type CardIssuer, makeIssuer } from '../../devices/card-reader/emulated/card-issuer.ts';
import type { CardPerson } from '../../devices/card-reader/emulated/card-person.ts';
import type { CardSpec } from '../../devices/card-reader/emulated/card-spec.ts';
import { type CardOptions, makeCard } from '../../devices/card-reader/emulated/make-card.ts';

/** Somebody who does not exist. */
export const SAMPLE_PERSON: CardPerson = {
  ...{ number: '001099000001', name: 'Nguyễn Văn An', birth: '1999-01-01', sex: 'male' },
  ...{ issued: '2024-06-15', expires: '2039-01-01', ethnicity: 'Kinh', religion: 'Không' },
  origin: 'Xã Ví Dụ, Huyện Thử Nghiệm, Hà Nội',
  residence: 'Số 1 Đường Mẫu, Phường Ví Dụ, Quận Thử Nghiệm, Thành phố Hà Nội',
  features: 'Nốt ruồi c:1cm trên sau cánh mũi trái',
  ...{ father: 'Nguyễn Văn Bình', mother: 'Trần Thị Cúc', spouse: null, oldNumber: '012345678' },
};

/** Bytes that follow from the seed: the same every run, and nothing to protect anything with. */
export function seededRandom(seed: string): (bytes: number) => Uint8Array {
  let block = 0;
  return (bytes) => {
    const blocks: Uint8Array[] = [];
    for (let made = 0; made < bytes; made += 32) {
      blocks.push(createHash('sha256').update(`${seed} ${block++}`).digest());
    }
    return Uint8Array.from(Buffer.concat(blocks).subarray(0, bytes));
  };
}

/** Noise, so that it has some kilobytes, as a portrait does. */
export async function samplePortrait(width = 96, height = 128): Promise<CardOptions['portrait']> {
  const pixels = seededRandom('portrait')(width * height * 3);
  const image = sharp(pixels, { raw: { width, height, channels: 3 } });
  return { bytes: await image.jpeg({ quality: 60 }).toBuffer(), width, height };
}

/** Another one in every process: a test that wants it trusted pins its authority, as anybody would. */
export const SAMPLE_ISSUER: CardIssuer = makeIssuer('ecdsa-brainpoolP256r1');

export async function sampleCard(
  options: Partial<CardOptions> = {},
  seed = 'card',
): Promise<CardSpec> {
  const portrait = options.portrait ?? (await samplePortrait());
  const whole = { person: SAMPLE_PERSON, issuer: SAMPLE_ISSUER, ...options, portrait };
  return makeCard(whole, seededRandom(seed));
}
