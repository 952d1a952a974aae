import { Command } from 'commander';
import { type CardDevices, systemCardDevices } from './card-devices.ts';
import { emulateCommand } from './card-emulate.ts';
import { listCommand } from './card-list.ts';
import { readCommand } from './card-read.ts';
import { verifyCommand } from './card-verify.ts';
import type { CliIo } from './cli-io.ts';

/** `chot card list | read | verify | emulate`. */
export function cardCommand(io: CliIo, devices: CardDevices = systemCardDevices(io)): Command {
  return new Command('card')
    .description('chip cards, and what was read of them')
    .addCommand(listCommand(io, devices).exitOverride())
    .addCommand(readCommand(io, devices).exitOverride())
    .addCommand(verifyCommand(io).exitOverride())
    .addCommand(emulateCommand(io).exitOverride());
}
