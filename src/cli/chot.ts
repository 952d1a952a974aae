#!/usr/bin/env node
import { Command, CommanderError } from 'commander';
import { InputError } from '../kernel/errors.ts';
import { storageFault } from '../kernel/storage-fault.ts';
import { readBuildInfo } from '../station/build-info.ts';
import { type CliIo, EXIT, type ExitCode } from './cli-io.ts';

type MakeCommand = (io: CliIo) => Command;

/** Every command, in the order --help lists them. One file a command, loaded when it is wanted; no logic here. */
const COMMANDS: Readonly<Record<string, () => Promise<MakeCommand>>> = {
  demo: async () => (await import('./demo.ts')).demoCommand,
  station: async () => (await import('./station.ts')).stationCommand,
  doctor: async () => (await import('./doctor.ts')).doctorCommand,
  hub: async () => (await import('./hub.ts')).hubCommand,
  aim: async () => (await import('./aim.ts')).aimCommand,
  decode: async () => (await import('./decode.ts')).decodeCommand,
  parse: async () => (await import('./parse.ts')).parseCommand,
  card: async () => (await import('./card.ts')).cardCommand,
  trust: async () => (await import('./trust.ts')).trustCommand,
  register: async () => (await import('./register.ts')).registerCommand,
  journal: async () => (await import('./journal.ts')).journalCommand,
  officers: async () => (await import('./officers.ts')).officersCommand,
  enrol: async () => (await import('./enrol.ts')).enrolCommand,
  sync: async () => (await import('./sync.ts')).syncCommand,
  wipe: async () => (await import('./wipe.ts')).wipeCommand,
};

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
    .option('--version', 'the version and commit of this build')
    .on('option:version', () => {
      io.out(`chot ${readBuildInfo().software}`);
      throw new CommanderError(0, 'chot.version', '');
    })
    // A command's options are its own: what stands after `hub restore` is not for `hub`.
    .enablePositionalOptions()
    .showHelpAfterError('(chot --help lists the commands)');
  for (const load of wanted(process.argv[2])) program.addCommand((await load())(io).exitOverride());
  try {
    await program.parseAsync(process.argv);
  } catch (error) {
    process.exitCode = exitCodeOf(error, io);
  }
}

/** The command that is named first; all where none is, for help and for what it may have meant. */
function wanted(name: string | undefined): readonly (() => Promise<MakeCommand>)[] {
  const named = name !== undefined && Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  return named === undefined ? Object.values(COMMANDS) : [named];
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
