import { Command, InvalidArgumentError } from 'commander';
import { type CliIo, EXIT } from './cli-io.ts';

type Options = {
  readonly once?: boolean;
  readonly json?: boolean;
  readonly port: number;
  readonly seed: number;
};

/** `chot demo`: a gate with simulated devices on this machine. */
export function demoCommand(io: CliIo): Command {
  return new Command('demo')
    .description('a gate with simulated devices on this machine: open the address it prints')
    .option('--once', 'play one round and exit: 0 when it went as scripted')
    .option('--json', 'one JSON line a passage on standard output and nothing else')
    .option('--port <port>', 'where the staff screen is served; 0 takes a free one', port, 0)
    .option('--seed <number>', 'draws the people; the same number, the same people', seed, 1)
    .action(async (options: Options) => {
      const { runDemo } = await import('../demo/run-demo.ts');
      const asScripted = await runDemo(
        {
          once: options.once === true,
          port: options.port,
          seed: options.seed,
          onDecided: (line) => io.out(options.json === true ? JSON.stringify(line) : textOf(line)),
          tell: io.tell,
        },
        io.signal,
      );
      io.exit(asScripted ? EXIT.done : EXIT.failed);
    });
}

function textOf(line: { verdict: string; reasons: readonly string[]; ms: number }): string {
  return `${line.verdict.padEnd(6)} ${line.reasons.join(', ').padEnd(28)} ${line.ms} ms`;
}

function port(text: string): number {
  return wholeNumber(text, 65_535);
}

function seed(text: string): number {
  return wholeNumber(text, 0xffff_ffff);
}

function wholeNumber(text: string, max: number): number {
  const value = Number(text);
  if (/^\d{1,10}$/.test(text) && value <= max) return value;
  throw new InvalidArgumentError(`expected a whole number from 0 to ${max}`);
}
