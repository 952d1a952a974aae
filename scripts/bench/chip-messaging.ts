// What secure messaging costs a terminal for one read, by cipher and size: protecting the command and opening the answer.
// `npm run build -- node && node dist/scripts/bench/chip-messaging.js`.
import { loadavg } from 'node:os';
import type { BlockCipher } from '../../src/chip/crypto/block-ciphers.ts';
import { deriveSessionKeys } from '../../src/chip/crypto/key-derivation.ts';
import { openSecureMessaging } from '../../src/chip/secure-messaging.ts';
import { ChipMessaging } from '../../test/support/chip-messaging.ts';

const RUNS = 2_000;
const LIMIT_MS = 1;
const CIPHERS: readonly BlockCipher[] = ['3des', 'aes128', 'aes192', 'aes256'];
/** The last of them longer than any read of ours: the longest is 2,048. */
const SIZES = [112, 160, 223, 231, 256, 2_048, 20_000];

function timesMs(cipher: BlockCipher, bytes: number): readonly number[] {
  const keys = deriveSessionKeys(cipher, new Uint8Array(32).fill(7));
  const terminal = openSecureMessaging({ cipher, ...keys });
  const chip = new ChipMessaging(cipher, keys);
  const data = new Uint8Array(bytes).fill(0x5a);
  const read = { cla: 0, ins: 0xb0, p1: 0, p2: 0, data: new Uint8Array(0), le: bytes };
  return Array.from({ length: RUNS }, () => {
    const startMs = performance.now();
    const command = terminal.protect(read);
    const sentMs = performance.now();
    chip.open(command);
    const answer = chip.protect({ data, sw: 0x9000 }).subarray(0, -2);
    const answeredMs = performance.now();
    terminal.open({ data: answer, sw: 0x9000 });
    return performance.now() - answeredMs + (sentMs - startMs);
  });
}

function at(values: readonly number[], share: number): string {
  const sorted = [...values].sort((one, other) => one - other);
  return (sorted[Math.floor((sorted.length - 1) * share)] ?? 0).toFixed(2);
}

console.log(`| bytes | ${CIPHERS.map((cipher) => `${cipher} p50 / p99 ms`).join(' | ')} |`);
console.log(`|---${'|---'.repeat(CIPHERS.length)}|`);
for (const bytes of SIZES) {
  const cells = CIPHERS.map((cipher) => {
    const taken = timesMs(cipher, bytes);
    return `${at(taken, 0.5)} / ${at(taken, 0.99)}`;
  });
  console.log(`| ${bytes} | ${cells.join(' | ')} |`);
}
console.log(`Wanted: under ${LIMIT_MS} ms an APDU. Load average ${loadavg()[0]?.toFixed(1)}.`);
