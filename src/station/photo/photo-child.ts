/** Child process of photo-process.ts: warms up, takes one picture, answers, ends. Writes nothing but to its pipes. */
import { sharp } from '../../../devices/camera/native-sharp.ts';
import { readPicture } from '../../chip/lds/picture.ts';
import { PHOTO_SIDE_PIXELS_MAX } from './decoded-photo.ts';
import { coloursFromDifferences, type OpenJpeg, openOpenJpeg } from './openjpeg.ts';
import {
  type PhotoRequest,
  PICTURE_BYTES_MAX,
  READY,
  readRequest,
  writeAnswer,
} from './photo-messages.ts';

/** A field of 32 by 32 pixels: whoever decodes it has compiled what decoding takes. */
const TINY_CODESTREAM = Buffer.from(
  '/0//UQAvAAAAAAAgAAAAIAAAAAAAAAAAAAAAIAAAACAAAAAAAAAAAAADBwEBBwEBBwEB/1IADAACAAEBBQQEAAD/XAAjQncgdvB28HbAbwBvAG7gZ1BnUGdoUAVQBVBHV9NX01di/2QAJQABQ3JlYXRlZCBieSBPcGVuSlBFRyB2ZXJzaW9uIDIuNS40/5AACgAAAAAAKQAB/5PD+AIDGIDB+oEAAzWAgICAgICAgICAgICAgID/2Q==',
  'base64',
);
const JPEG_QUALITY = 88;

/** Node's types leave it to those of browsers. */
declare const WebAssembly: {
  readonly Memory: { readonly prototype: { grow(pages: number): number } };
};

let memoryRefused = false;
watchMemory();
const openJpeg = await openOpenJpeg();
await warmUp(openJpeg);
process.stdout.write(Uint8Array.of(READY));

const request = readRequest(await readStandardInput());
if (request === null) process.exit(0);
process.stdout.write(await answer(request), () => process.exit(0));

/** OpenJPEG tells a lack of memory only by failing: the refusal is seen where the module asks for more. */
function watchMemory(): void {
  const memory = WebAssembly.Memory.prototype;
  const grow = memory.grow;
  memory.grow = function (pages) {
    try {
      return grow.call(this, pages);
    } catch (error) {
      memoryRefused = true;
      throw error;
    }
  };
}

async function warmUp(decoder: OpenJpeg): Promise<void> {
  const bytes = await encodeJpeg2000(decoder, { kind: 'jpeg2000', bytes: TINY_CODESTREAM });
  if (bytes === null) throw new Error('the decoder does not decode: broken installation');
  await fromJpeg(bytes);
}

async function readStandardInput(): Promise<Uint8Array> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of process.stdin) {
    length += chunk.length;
    if (length > PICTURE_BYTES_MAX + 1) throw new Error('a request longer than agreed');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

async function answer(wanted: PhotoRequest): Promise<Uint8Array> {
  try {
    const bytes =
      wanted.kind === 'jpeg'
        ? await fromJpeg(wanted.bytes)
        : await encodeJpeg2000(openJpeg, wanted);
    if (bytes !== null) return writeAnswer('decoded', bytes);
  } catch (error) {
    if (/memory|alloc/i.test(String(error))) memoryRefused = true;
  }
  return writeAnswer(memoryRefused ? 'photo.memory' : 'photo.damaged');
}

/** Orientation, colour profile and every other word beside the pixels are passed over: ISO/IEC 19794-5 has none. */
async function fromJpeg(bytes: Uint8Array): Promise<Uint8Array> {
  const image = sharp(bytes, { failOn: 'error', ignoreIcc: true });
  const { channels } = await image.metadata();
  return clean(image, channels === 1);
}

async function encodeJpeg2000(
  decoder: OpenJpeg,
  { kind, bytes }: PhotoRequest,
): Promise<Uint8Array | null> {
  const samples = decoder.decode(bytes);
  const announced = readPicture(bytes);
  if (samples === null) return null;
  if (samples.width !== announced.width || samples.height !== announced.height) return null;
  if (kind === 'jpeg2000-ycc' && samples.components === 3) coloursFromDifferences(samples);
  const { width, height, components: channels, pixels } = samples;
  return clean(sharp(pixels, { raw: { width, height, channels } }), channels === 1);
}

/** Encoded anew. JPEG rather than WebP: it takes a sixth of the time, and the bytes go over a loopback only. */
async function clean(image: ReturnType<typeof sharp>, grey: boolean): Promise<Uint8Array> {
  const side = PHOTO_SIDE_PIXELS_MAX;
  const { data, info } = await image
    .resize({ width: side, height: side, fit: 'inside', withoutEnlargement: true })
    .toColourspace(grey ? 'b-w' : 'srgb')
    .jpeg({ quality: JPEG_QUALITY, chromaSubsampling: '4:4:4' })
    .toBuffer({ resolveWithObject: true });
  if (info.width < 1) throw new Error('a picture without pixels');
  return data;
}
