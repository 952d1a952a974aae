import { expect, test } from 'vitest';
import { contextOn, FakeMachine } from '../../test/support/fake-machine.ts';
import { VirtualClock } from '../../test/support/virtual-clock.ts';
import { type Finding, fault, good, skipped, warning } from './finding.ts';
import { gettingStarted } from './getting-started.ts';
import { reportLines, summaryOf } from './report.ts';
import { runChecks } from './run-checks.ts';

const NOW_MS = Date.UTC(2026, 10, 26, 5, 30);
const MINUTE_MS = 60_000;
const NAMES = { check: 'x' };
const TROUBLE = { found: 'f', cause: 'c', next: 'n' };

const FINDINGS: readonly Finding[] = [
  { ...NAMES, ...good('disk', 'large') },
  { ...NAMES, ...warning('clock', TROUBLE) },
  { ...NAMES, ...fault('camera cam-1', { ...TROUBLE, sinceMs: NOW_MS - 30 * MINUTE_MS }) },
  { ...NAMES, ...skipped('keys', 'closed', 'sudo chot doctor') },
];

test('the report begins with the verdict, then faults, then warnings, then what is well', () => {
  expect(reportLines(FINDINGS, 'Station gate-1.', NOW_MS, 80)).toEqual([
    '1 fault, 1 warning.  Station gate-1.',
    '',
    'FAULT    camera cam-1 (since 12:00)',
    '  found  f',
    '  cause  c',
    '  do     n',
    '',
    'WARNING  clock',
    '  found  f',
    '  cause  c',
    '  do     n',
    '',
    'Not looked at',
    '  keys  closed: sudo chot doctor',
    '',
    'Well',
    '  disk  large',
  ]);
});

test('with nothing wrong it says so', () => {
  const [well] = FINDINGS;
  const lines = reportLines(well === undefined ? [] : [well], 'S.', NOW_MS, 80);
  expect(lines[0]).toBe('All well (1 check).  S.');
});

test('no line is wider than the terminal, but for a word that must be copied whole', () => {
  const path = `/dev/serial/by-id/${'x'.repeat(80)}`;
  const long = `${'many words '.repeat(30)}${path}`;
  const found = { found: long, cause: long, next: `${long}\n[[camera]]` };
  const findings = [
    { ...NAMES, ...fault('a'.repeat(50), found) },
    { ...NAMES, ...good('b'.repeat(50), long) },
  ];
  for (const width of [0, 40, 80, 200]) {
    const lines = reportLines(findings, 'S.', NOW_MS, width);
    const wide = lines.filter((line) => line.length > Math.max(width, 40) && !line.includes(path));
    expect(
      wide.filter((line) => !/[ab]{50}/.test(line)),
      String(width),
    ).toEqual([]);
    expect(lines.some((line) => line.includes(path))).toBe(true);
  }
});

test('another day is told with its date', () => {
  const old = fault('camera c', { ...TROUBLE, sinceMs: NOW_MS - 24 * 60 * MINUTE_MS });
  const lines = reportLines([{ ...NAMES, ...old }], 'S.', NOW_MS, 80);
  expect(lines[2]).toBe('FAULT    camera c (since 2026-11-25 12:30)');
});

test('the verdict is the worst finding; what was not looked at is none', () => {
  const verdictOf = (states: readonly number[]) =>
    summaryOf(states.flatMap((at) => FINDINGS[at] ?? [])).verdict;
  expect(verdictOf([0, 3])).toBe('good');
  expect(verdictOf([0, 1, 3])).toBe('warning');
  expect(verdictOf([0, 1, 2])).toBe('fault');
});

test('a check that breaks or hangs is a finding of its own, and the others are told', async () => {
  const clock = new VirtualClock();
  const checks = [
    {
      name: 'breaks',
      run: () => {
        throw new TypeError('no such thing');
      },
    },
    { name: 'hangs', run: () => new Promise<never>(() => {}) },
    { name: 'works', run: () => [good('disk', 'large')] },
  ];
  const findings = runChecks(checks, contextOn(new FakeMachine()), clock);
  await clock.advance(4_000);
  expect((await findings).map(({ check, state }) => `${check} ${state}`)).toEqual([
    'breaks fault',
    'hangs fault',
    'works good',
  ]);
});

test('a reader that no service drives is seen by its class on USB, and what it needs is said', async () => {
  const machine = new FakeMachine()
    .put('/sys/bus/usb/devices/1-2:1.0/bInterfaceClass', { text: '0b\n' })
    .put('/sys/bus/usb/devices/1-2/product', { text: 'uTrust 3700 F\n' });
  machine.seenReaders = 'service-down';
  const lines = await gettingStarted(contextOn(machine, { config: null }));
  expect(lines).toContainEqual(
    '     reader   uTrust 3700 F (the card service does not run: apt install pcscd)',
  );
});

test('the steps fit a terminal of 80 columns', async () => {
  const lines = await gettingStarted(contextOn(new FakeMachine(), { config: null }));
  expect(lines.filter((line) => line.length > 80)).toEqual([]);
});

test('a stranger with two things plugged in gets a whole configuration of them', async () => {
  const machine = new FakeMachine()
    .put('/dev/video0', { kind: 'device' })
    .put('/dev/v4l/by-id/usb-Maker_Cam-video-index0', { link: '/dev/video0' });
  machine.seenReaders = ['ACS 00 00'];
  const text = (await gettingStarted(contextOn(machine, { config: null }))).join('\n');
  expect(text).toContain('devices = ["camera-1", "reader-1"]');
  expect(text).toContain('source = "/dev/v4l/by-id/usb-Maker_Cam-video-index0"');
  expect(text).not.toContain('"ID"');
});
