import type { Check } from '../context.ts';
import { good, type Told, warning } from '../finding.ts';

/** Whether any authority of identity cards is believed: without one no chip proves anything. */
export const trustCheck: Check = {
  name: 'trust',
  run: ({ machine, dataDir, config }): Told[] => {
    if (config === null || !config.reader.some(({ driver }) => driver === 'pcsc')) return [];
    const file = `${dataDir}/trust/chip-anchors.jsonl`;
    const facts = machine.look(file);
    if (facts === 'denied') return [];
    const text = facts === 'missing' ? '' : machine.readText(file);
    if (text === null) return [];
    const count = text.split('\n').filter((line) => line.includes('"cccd"')).length;
    if (count > 0) return [good('card authorities', `${count} for identity cards`)];
    return [
      warning('card authorities', {
        found: 'none for identity cards: every chip is "issuer unknown", a check',
        cause: 'the certificate of the issuing authority was not imported yet',
        next: 'chot trust import FILE --for cccd, then chot trust list',
      }),
    ];
  },
};
