import { Command } from 'commander';
import { toHex } from '../kernel/bytes.ts';
import type { CardDevices } from './card-devices.ts';
import type { CliIo } from './cli-io.ts';

/** `chot card list`. */
export function listCommand(io: CliIo, devices: CardDevices): Command {
  return new Command('list')
    .description('card readers that are plugged in, and whether a card lies on them')
    .option('--json', 'JSON lines and nothing else')
    .action(async ({ json }: { readonly json?: boolean }) => {
      const opened = devices.open(null);
      try {
        const slots = await opened.slots();
        for (const { name, atr } of slots) {
          if (json === true) {
            io.out(JSON.stringify({ reader: name, card: atr !== null, atr: atr && toHex(atr) }));
          } else io.out(`${name}\n  ${atr === null ? 'no card' : `card, ATR ${toHex(atr)}`}`);
        }
        if (slots.length === 0) io.tell('chot card list: no reader is plugged in');
      } finally {
        await opened.close();
      }
    });
}
