import { randomBytes } from 'node:crypto';
import { standardizedGroup } from '../../src/chip/crypto/domain-parameters.ts';
import { type Group, newKeyPair } from '../../src/chip/crypto/group.ts';

/**
 * The arithmetic of one terminal: PACE with generic mapping (three key agreements' worth) and Chip Authentication, by domain
 * parameters. The first run includes the tables that a curve makes once; the limit is on what comes after.
 */
const RUNS = 40;
const LIMIT_MS = 25;
const NONCE = 0x3f00c4d39d153f2b2a214a078d899b22n;
const random = (bytes: number) => Uint8Array.from(randomBytes(bytes));

function paceMs(group: Group): number {
  const chip = newKeyPair(group, random, null);
  const startedMs = performance.now();
  const own = newKeyPair(group, random, null);
  const generator = group.mapGeneric(NONCE, own.privateKey, chip.publicKey);
  const ephemeral = newKeyPair(group, random, generator);
  group.agree(ephemeral.privateKey, generator);
  return performance.now() - startedMs;
}

function chipAuthenticationMs(group: Group): number {
  const chip = newKeyPair(group, random, null);
  const startedMs = performance.now();
  group.agree(newKeyPair(group, random, null).privateKey, chip.publicKey);
  return performance.now() - startedMs;
}

function median(values: readonly number[]): string {
  return ([...values].sort((one, other) => one - other)[values.length >> 1] ?? 0).toFixed(1);
}

console.log('group              PACE first   PACE median   CA median   (ms)');
for (const id of [0, 1, 2, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18]) {
  const group = standardizedGroup(id);
  if (group === null) continue;
  const [first = 0, ...rest] = Array.from({ length: RUNS }, () => paceMs(group));
  const authentication = Array.from({ length: RUNS }, () => chipAuthenticationMs(group));
  console.log(
    `${group.name.padEnd(18)} ${first.toFixed(1).padStart(10)} ${median(rest).padStart(13)} ${median(authentication).padStart(11)}`,
  );
}
console.log(`Wanted of every curve: PACE under ${LIMIT_MS} ms after the first.`);
