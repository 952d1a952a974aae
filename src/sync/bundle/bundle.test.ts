import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { rawPublicKey } from '../protocol/raw-keys.ts';
import { BundleError } from './bundle-error.ts';
import { type DownKind, PART_BYTES_MAX, PART_CONTENT_MAX } from './down-layout.ts';
import { type BundleSource, openBundle } from './open-bundle.ts';
import { BundleSealer } from './seal-bundle.ts';

const { privateKey } = generateKeyPairSync('x25519');
type Content = readonly [Exclude<DownKind, 'end'>, string, Uint8Array];

/** Header and parts, each as it is appended. */
function partsOf(contents: readonly Content[], station = 'cua-1'): Uint8Array[] {
  const sealer = new BundleSealer(station, rawPublicKey(privateKey));
  return [
    sealer.begin(),
    ...contents.flatMap(([kind, name, bytes]) => [...sealer.content(kind, name, bytes)]),
    sealer.end(),
  ];
}

/** Counts what is asked for at once. */
function sourceOf(bytes: Uint8Array): BundleSource & { longest: number } {
  const source = {
    bytes: bytes.length,
    longest: 0,
    read: (at: number, length: number) => {
      source.longest = Math.max(source.longest, length);
      return bytes.subarray(at, at + length);
    },
  };
  return source;
}

function opened(bytes: Uint8Array, key: KeyObject = privateKey, station = 'cua-1') {
  return openBundle(sourceOf(bytes), station, key);
}
const problemOf = (bytes: Uint8Array) => opened(bytes).problem?.code;
const text = (value: string) => Buffer.from(value);
const SMALL: readonly Content[] = [
  ['heads', 'heads', text('h')],
  ['receipt', 'a.1', text('r1')],
  ['receipt', 'a.2', text('r2')],
  ['roles', '1', text('list')],
  ['manifest', '7', text('m')],
  ['file', 'f', text('content')],
];

test('what was sealed is found again, whole and in order', () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 2_000 }), { maxLength: 6 }), (files) => {
      const contents = files.map((bytes, index): Content => ['file', `f${index}`, bytes]);
      const bundle = opened(Buffer.concat(partsOf(contents)));
      expect(bundle.problem).toBeNull();
      const found = bundle.contents.map((each) => [each.name, [...bundle.bytesOf(each)]]);
      expect(found).toEqual(contents.map(([, name, bytes]) => [name, [...bytes]]));
    }),
    { numRuns: 50 },
  );
});

test('seventy megabytes are read a part at a time, and each file alone', () => {
  const file = Buffer.alloc(7 * PART_CONTENT_MAX + 5, 3);
  const contents = Array.from({ length: 10 }, (_, at): Content => ['file', `f${at}`, file]);
  const source = sourceOf(Buffer.concat(partsOf(contents)));
  const bundle = openBundle(source, 'cua-1', privateKey);
  expect(bundle).toMatchObject({ problem: null, contents: { length: 10 } });
  expect(source.bytes).toBeGreaterThan(70_000_000);
  expect(source.longest).toBeLessThanOrEqual(PART_BYTES_MAX);
  const last = bundle.contents.at(-1);
  expect(last && Buffer.compare(bundle.bytesOf(last), file)).toBe(0);
});

test('a bundle of another station is named, and one with another name on it does not open', () => {
  const bytes = Buffer.concat(partsOf(SMALL, 'cua-2'));
  expect(() => opened(bytes)).toThrow('expected one for cua-1, it is for cua-2');
  const renamed = Buffer.from(bytes);
  renamed.write('cua-1', renamed.indexOf('cua-2'));
  expect(problemOf(renamed)).toBe('bundle.sealed');
  const { privateKey: stranger } = generateKeyPairSync('x25519');
  expect(opened(Buffer.concat(partsOf(SMALL)), stranger).problem?.code).toBe('bundle.sealed');
});

test('any byte altered, any length cut off or put behind leaves it not whole', () => {
  const bytes = Buffer.concat(partsOf(SMALL));
  fc.assert(
    fc.property(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 }), (at, change) => {
      expect(isRefused(bytes.with(at, (bytes[at] ?? 0) ^ change))).toBe(true);
      expect(isRefused(bytes.subarray(0, at))).toBe(true);
    }),
    { numRuns: 300 },
  );
  expect(problemOf(Buffer.concat([bytes, text('x')]))).toBe('bundle.order');
});

function isRefused(bytes: Uint8Array): boolean {
  try {
    return opened(bytes).problem !== null;
  } catch (error) {
    expect(error).toBeInstanceOf(BundleError);
    return true;
  }
}

test('parts that are swapped, left out or repeated do not open', () => {
  const [header = new Uint8Array(), first, second, ...rest] = partsOf(SMALL);
  const of = (...parts: readonly (Uint8Array | undefined)[]) =>
    problemOf(Buffer.concat([header, ...parts.filter((part) => part !== undefined), ...rest]));
  expect(of(first, second)).toBeUndefined();
  expect(of(second, first)).toBe('bundle.sealed');
  expect(of(first)).toBe('bundle.sealed');
  expect(of(first, first, second)).toBe('bundle.sealed');
});

test('receipts in front of a cut are found', () => {
  const parts = partsOf(SMALL);
  const bundle = opened(Buffer.concat(parts.slice(0, 4)));
  expect(bundle.problem?.code).toBe('bundle.cut');
  expect(bundle.contents.map(({ name }) => name)).toEqual(['heads', 'a.1', 'a.2']);
});

test('kinds out of their order, and one content in two places, are refused', () => {
  const of = (...contents: readonly Content[]) => problemOf(Buffer.concat(partsOf(contents)));
  expect(of(['manifest', '7', text('m')], ['roles', '1', text('r')])).toBe('bundle.order');
  const [a, b]: Content[] = [
    ['file', 'a', text('a')],
    ['file', 'b', text('b')],
  ];
  expect(a && b && of(a, b, a)).toBe('bundle.order');
  expect(of(['receipt', 'a.1', Buffer.alloc(4_097)])).toBe('bundle.too-long');
});

test('noise of any length, and a source without an end, are refused at once', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => {
      expect(isRefused(bytes)).toBe(true);
    }),
    { numRuns: 200 },
  );
  const header = partsOf([])[0] ?? new Uint8Array();
  const endless = {
    bytes: Number.MAX_SAFE_INTEGER,
    read: (at: number, length: number) =>
      at === 0 ? header : new Uint8Array(Math.min(length, PART_BYTES_MAX)),
  };
  expect(openBundle(endless, 'cua-1', privateKey).problem?.code).toBe('bundle.too-long');
});
