/**
 * Public keys, in hexadecimal, whose private halves are published, here or in a standard (security C4): everybody could
 * open what is sealed to them. Every private key that stands in this repository has its line.
 */
export const PUBLISHED_KEYS: ReadonlySet<string> = new Set([
  // RFC 9180, A.2.1: the recipient, then the ephemeral pair.
  '4310ee97d88cc1f088a5576c77ab0cf5c3ac797f3d95139c6c84b5429c59662a',
  '1afa08d3dec047a643885163f1180476fa7ddb54c6a8029ea33f95796bf2ac4a',
]);
