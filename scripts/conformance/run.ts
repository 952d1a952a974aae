/** `npm run conformance -- --data DIR`: every part in turn; exits 1 when one falls short, 2 on wrong usage. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { run as documents } from './documents.ts';
import { run as emrtd } from './emrtd.ts';
import { holds, type Part } from './part.ts';
import { run as qrPhotographs } from './qr-photographs.ts';

const PARTS: readonly Part[] = [documents, emrtd, qrPhotographs];

const { values } = parseArgs({ options: { data: { type: 'string' } } });
const dataDir = values.data;
if (dataDir === undefined || !existsSync(join(dataDir, 'qr'))) {
  console.error('usage: npm run conformance -- --data DIR   (the folder that holds qr/)');
  process.exitCode = 2;
} else {
  for (const part of PARTS) {
    const result = await part(dataDir);
    const verdict = holds(result) ? 'holds' : 'FALLS SHORT';
    console.log(`\n${result.name}: ${result.passed} passed, ${result.failed} failed: ${verdict}\n`);
    if (!holds(result)) process.exitCode = 1;
  }
}
