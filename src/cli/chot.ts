#!/usr/bin/env node
import { Command, CommanderError } from 'commander';
import { InputError } from '../kernel/errors.ts';
import { storageFault } from '../kernel/storage-fault.ts';
import { aimCommand } from './aim.ts';
import { cardCommand } from './card.ts';
import { type CliIo, EXIT, type ExitCode } from './cli-io.ts';
import { decodeCommand } from './decode.ts';
import { demoCommand } from './demo.ts';
import { doctorCommand } from './doctor.ts';
import { enrolCommand } from './enrol.ts';
import { hubCommand } from './hub.ts';
import { journalCommand } from './journal.ts';
import { officersCommand } from './officers.ts';
import { parseCommand } from './parse.ts';
import { registerCommand } from './register.ts';
import { stationCommand } from './station.ts';
import { syncCommand } from './sync.ts';
import { trustCommand } from './trust.ts';
import { wipeCommand } from './wipe.ts';

/** Every command, in the order --help lists them. One file a command; no logic here. */
const COMMANDS: readonly ((io: CliIo) => Command)[] = [
  demoCommand,
  stationCommand,
  doctorCommand,
  hubCommand,
  aimCommand,
  decodeCommand,
  parseCommand,
  cardCommand,
  trustCommand,
  registerCommand,
  journalCommand,
  officersCommand,
  enrolCommand,
  syncCommand,
  wipeCommand,
];

const EPILOGUE = `
Exit status: 0 done, 1 failed, 2 wrong usage, 3 done but needs a person's look, 4 input not understood.
Personal values never stand in the command line: '-' reads them from standard input, one a line.
Start with 'chot demo': a gate with simulated devices, on this machine.`;

async function main(): Promise<void> {
  const stop = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => stop.abort());
  // Whoever reads, `head` say, has enough; what the command did stays done.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
  });
  const io: CliIo = {
    stdin: process.stdin,
    out: (line) => process.stdout.write(`${line}\n`),
    tell: (line) => process.stderr.write(`${line}\n`),
    env: process.env,
    signal: stop.signal,
    exit: (code) => {
      process.exitCode = code;
    },
  };
  const program = new Command('chot')
    .description('Chốt: the software of a checkpoint appliance.')
    .addHelpText('after', EPILOGUE)
    .exitOverride()
    // A command's options are its own: what stands after `hub restore` is not for `hub`.
    .enablePositionalOptions()
    .showHelpAfterError('(chot --help lists the commands)');
  for (const command of COMMANDS) program.addCommand(command(io).exitOverride());
  try {
    await program.parseAsync(process.argv);
  } catch (error) {
    process.exitCode = exitCodeOf(error, io);
  }
}

function exitCodeOf(error: unknown, io: CliIo): ExitCode {
  // Commander has already printed its own message; help and version are no errors.
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.done : EXIT.usage;
  // What SQLite or the system says in a few words says nothing of what to do.
  const told = storageFault(error) ?? error;
  io.tell(`chot: ${told instanceof Error ? told.message : String(told)}`);
  return error instanceof InputError ? EXIT.notUnderstood : EXIT.failed;
}

await main();
