import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { makeAuthority } from '../../test/support/chip-issuer.ts';
import { StationBench } from '../../test/support/station-process.ts';

const COUNTRIES = ['FR', 'DE', 'NL', 'JP', 'TH', 'LA'];

let bench: StationBench;
beforeEach(async () => {
  bench = await StationBench.make();
});
afterEach(() => bench.remove());

test('of commands that change what is trusted at once, each waits for the other and none is lost', async () => {
  const files = COUNTRIES.map((country) => {
    const file = join(bench.folder, `${country}.der`);
    writeFileSync(file, makeAuthority(country, 'CSCA').certificate);
    return file;
  });
  const imports = await Promise.all(files.map((file) => bench.chot(['trust', 'import', file])));
  expect(imports.map(({ code, stderr }) => ({ code, stderr }))).toEqual(
    COUNTRIES.map(() => ({ code: 0, stderr: '' })),
  );
  const listed = await bench.chot(['trust', 'list', '--json']);
  const countries = listed.stdout
    .trim()
    .split('\n')
    .flatMap((line) => (JSON.parse(line) as { readonly country?: string }).country ?? []);
  expect(countries.sort()).toEqual([...COUNTRIES].sort());
});
