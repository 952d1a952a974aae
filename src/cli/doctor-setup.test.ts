import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { doctorCommand } from './doctor.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'chot-setup-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

async function run(...args: string[]): Promise<{ lines: string[]; exit: number | null }> {
  const lines: string[] = [];
  let exit: number | null = null;
  const command = doctorCommand({
    stdin: Readable.from([]),
    out: (line) => lines.push(line),
    tell: () => {},
    env: {},
    signal: new AbortController().signal,
    exit: (code) => {
      exit = code;
    },
  })
    .exitOverride()
    .configureOutput({ writeErr: () => {} });
  await command.parseAsync(args, { from: 'user' });
  return { lines, exit };
}

test('the page of one maker is written to a file, and nothing else of it is printed', async () => {
  const file = join(folder, 'page.html');
  const { lines, exit } = await run('--setup', 'scanner', '--profile', 'honeywell', '--out', file);
  expect({ lines, exit }).toEqual({ lines: [], exit: 0 });
  const page = readFileSync(file, 'utf8');
  expect(page).toContain('~TRMUSB130.{FNC3}');
  expect(page).not.toContain('Zebra');
});

test("without a file the page goes to standard output, every maker's without a profile", async () => {
  const { lines } = await run('--setup', 'scanner');
  const page = lines.join('\n');
  for (const maker of ['Honeywell', 'Zebra', 'Newland', 'Datalogic']) expect(page).toContain(maker);
});

test.each([
  [['--setup', 'printer'], /Allowed choices are scanner/],
  [['--setup', 'scanner', '--profile', 'acme'], /no scanner profile "acme": there are .*honeywell/],
  [['--setup', 'scanner', '--profile', 'stx-etx'], /has nothing to print/],
  [['--setup', 'scanner', '--out', '/nowhere/page.html'], /--out .*ENOENT.*name a file/],
])('%j says what is wrong', async (args, message) => {
  await expect(run(...args)).rejects.toThrow(message);
});
