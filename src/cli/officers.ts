import { randomBytes } from 'node:crypto';
import { Command } from 'commander';
import { InputError } from '../kernel/errors.ts';
import { pinVerifier } from '../station/officers.ts';
import { type CliIo, readStdin } from './cli-io.ts';

const PIN_BYTES_MAX = 64;

/** `chot officers verifier`: what of a PIN goes into the officers' file. */
export function officersCommand(io: CliIo): Command {
  const command = new Command('officers').description('who may sign in at this station');
  command
    .command('verifier')
    .description(
      "read a PIN of 4 to 12 digits from standard input, print its line for the officers' file",
    )
    .action(async () => {
      const pin = Buffer.from(await readStdin(io, PIN_BYTES_MAX))
        .toString('utf8')
        .trim();
      if (!/^\d{4,12}$/.test(pin)) {
        throw new InputError('expected a PIN of 4 to 12 digits on standard input');
      }
      io.out(`pin = "${await pinVerifier(pin, randomBytes(16))}"`);
    });
  return command;
}
