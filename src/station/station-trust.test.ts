import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { ANCHORS } from '../../test/scenarios/card-rig.ts';
import { StationTrust } from './station-trust.ts';
import { trustFile, writeTrust } from './trust-files.ts';

const folder = mkdtempSync(join(tmpdir(), 'chot-trust-'));
afterEach(() => rmSync(join(folder, 'trust'), { recursive: true, force: true }));

test('what chot trust has changed is taken at the next look', () => {
  const problems: unknown[] = [];
  const trust = new StationTrust(folder, (error) => problems.push(error));
  trust.refresh();
  const before = trust.current().version;
  expect(trust.current().store.anchors).toEqual([]);
  writeTrust(folder, ANCHORS);
  trust.refresh();
  expect(trust.current().store.anchors).toHaveLength(1);
  expect(trust.current().version).not.toBe(before);
  expect(problems).toEqual([]);
});

test('a file that cannot be read is told once, trusts nobody, and is read as soon as it can be', () => {
  writeTrust(folder, ANCHORS);
  const problems: unknown[] = [];
  const trust = new StationTrust(folder, (error) => problems.push(error));
  const whole = `${trustFile(folder)}.whole`;
  renameSync(trustFile(folder), whole);
  writeFileSync(trustFile(folder), '{"format":1}\nnot a line\n');
  trust.refresh();
  trust.refresh();
  expect(problems).toHaveLength(1);
  expect(trust.current().store.anchors).toEqual([]);
  renameSync(whole, trustFile(folder));
  trust.refresh();
  expect(trust.current().store.anchors).toHaveLength(1);
});
