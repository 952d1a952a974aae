import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

type Locked = { readonly license?: string; readonly dev?: boolean; readonly devOptional?: boolean };

const SHIPPED = /^(MIT|BSD-[23]-Clause|Apache-2\.0|ISC|0BSD|BlueOak-1\.0\.0)$/;
/** Replaceable shared libraries; and builds of sharp for other systems that carry the same. */
const REPLACEABLE = /^@img\/sharp-(libvips-|wasm32$|win32-)/;
const DEVELOPMENT =
  /^(MPL-2\.0|LGPL-2\.1\+|OFL-1\.1|CC0-1\.0|CC-BY-4\.0|CC-BY-3\.0|Python-2\.0|Unlicense)$/;

test('every package is under a licence that docs/licences.md allows for its place', () => {
  const lock = JSON.parse(readFileSync('package-lock.json', 'utf8')) as {
    packages: Record<string, Locked>;
  };
  const wrong = Object.entries(lock.packages)
    .filter(([path]) => path !== '')
    .map(([path, locked]) => ({ name: path.replace(/^.*node_modules\//, ''), ...locked }))
    .filter(({ name, license = 'none', dev, devOptional }) => {
      const choices = license.replace(/[()]/g, '').split(' OR ');
      if (choices.some((choice) => SHIPPED.test(choice))) return false;
      if (REPLACEABLE.test(name)) return false;
      return !(dev === true || devOptional === true) || !choices.some((c) => DEVELOPMENT.test(c));
    })
    .map(({ name, license }) => `${name}: ${license ?? 'none'}`);
  expect(wrong).toEqual([]);
});
