import { expect, test } from 'vitest';
import { ConfigError } from '../kernel/errors.ts';
import { parseHubConfig } from './config.ts';

test('a short configuration has sound defaults', () => {
  expect(parseHubConfig('[http]\nnames = ["hub.test"]\n', 'hub.toml')).toEqual({
    hub: {},
    http: { host: '127.0.0.1', port: 8443, names: ['hub.test'] },
    publishing: {
      ...{ shareMax: 0.1, rowsMax: 1_000, rowsFree: 20 },
      defaultDays: { f0: 21, f1: 14 },
    },
    backup: { intervalH: 24, erasureCopies: [] },
    keep: { passagesDays: 30, lookUpsDays: 90, serviceDays: 365 },
  });
});

test('every wrong key is named', () => {
  const text = '[http]\nport = 99999\nnames = []\n[publishing]\nshare = 1\n';
  expect(() => parseHubConfig(text, 'hub.toml')).toThrow(ConfigError);
  expect(() => parseHubConfig(text, 'hub.toml')).toThrow(/http.port.*http.names.*share/s);
});
