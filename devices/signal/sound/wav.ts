import { ConfigError } from '../../../src/kernel/errors.ts';

/** One form for every sound, so that nothing is resampled at a gate and files can be joined. */
export const SAMPLE_RATE_HZ = 16_000;
/** A phrase that takes longer holds up the next person. */
export const SOUND_S_MAX = 6;
const HEADER_BYTES = 44;
const FILE_BYTES_MAX = SAMPLE_RATE_HZ * 2 * SOUND_S_MAX + 4_096;

/** 16-bit mono samples of a RIFF WAVE file. Throws ConfigError that names `file` for anything but PCM, mono, 16 kHz. */
export function parseWav(bytes: Uint8Array, file: string): Int16Array {
  if (bytes.length > FILE_BYTES_MAX) {
    throw new ConfigError(`${file}: longer than ${SOUND_S_MAX} s: a sound must be shorter`);
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (tagAt(view, 0) !== 'RIFF' || tagAt(view, 8) !== 'WAVE') {
    throw new ConfigError(`${file}: is no WAV file: ${HOW}`);
  }
  let isRight = false;
  for (let at = 12; at + 8 <= view.byteLength; ) {
    const tag = tagAt(view, at);
    const size = view.getUint32(at + 4, true);
    const body = at + 8;
    if (tag === 'fmt ' && size >= 16 && body + 16 <= view.byteLength) {
      isRight = isWanted(view, body);
    }
    if (tag === 'data') {
      if (!isRight) break;
      if (body + size > view.byteLength) throw new ConfigError(`${file}: is cut short: ${HOW}`);
      return samplesOf(view, body, size);
    }
    // RIFF pads chunks to even lengths.
    at = body + size + (size % 2);
  }
  throw new ConfigError(`${file}: is not PCM, mono, 16 bit, 16 kHz: ${HOW}`);
}

export function encodeWav(samples: Int16Array): Uint8Array {
  const size = samples.length * 2;
  const view = new DataView(new ArrayBuffer(HEADER_BYTES + size));
  putTag(view, 0, 'RIFF');
  view.setUint32(4, HEADER_BYTES - 8 + size, true);
  putTag(view, 8, 'WAVE');
  putTag(view, 12, 'fmt ');
  view.setUint32(16, 16, true);
  view.setUint16(20, PCM, true);
  view.setUint16(22, 1, true);
  view.setUint32(24, SAMPLE_RATE_HZ, true);
  view.setUint32(28, SAMPLE_RATE_HZ * 2, true);
  view.setUint16(32, 2, true);
  view.setUint16(34, 16, true);
  putTag(view, 36, 'data');
  view.setUint32(40, size, true);
  samples.forEach((sample, index) => {
    view.setInt16(HEADER_BYTES + index * 2, sample, true);
  });
  return new Uint8Array(view.buffer);
}

const PCM = 1;
const HOW = 'make one with `ffmpeg -i IN -ac 1 -ar 16000 -c:a pcm_s16le OUT.wav`';

function isWanted(view: DataView, body: number): boolean {
  return (
    view.getUint16(body, true) === PCM &&
    view.getUint16(body + 2, true) === 1 &&
    view.getUint32(body + 4, true) === SAMPLE_RATE_HZ &&
    view.getUint16(body + 14, true) === 16
  );
}

function samplesOf(view: DataView, body: number, size: number): Int16Array {
  const samples = new Int16Array(size >> 1);
  for (let index = 0; index < samples.length; index++) {
    samples[index] = view.getInt16(body + index * 2, true);
  }
  return samples;
}

function tagAt(view: DataView, at: number): string {
  if (at + 4 > view.byteLength) return '';
  return String.fromCharCode(...[0, 1, 2, 3].map((offset) => view.getUint8(at + offset)));
}

function putTag(view: DataView, at: number, tag: string): void {
  for (let offset = 0; offset < 4; offset++) view.setUint8(at + offset, tag.charCodeAt(offset));
}
