import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { Command, InvalidArgumentError, Option } from 'commander';
import { NAMED_FAULTS, NAMED_FLAWS } from '../../devices/card-reader/emulated/card-catalog.ts';
import { type CardIssuer, makeIssuer } from '../../devices/card-reader/emulated/card-issuer.ts';
import { type CardPerson, canOf } from '../../devices/card-reader/emulated/card-person.ts';
import { EmulatedCard } from '../../devices/card-reader/emulated/emulated-card.ts';
import { makeCard } from '../../devices/card-reader/emulated/make-card.ts';
import { CCCD_ATR, insertCard } from '../../devices/card-reader/emulated/vpcd-client.ts';
import { syntheticPeople } from '../../fixtures/people.ts';
import { demoPortrait } from '../../fixtures/portraits/portrait.ts';
import { termOf } from '../documents/card-term.ts';
import { ConfigError, DeviceFault } from '../kernel/errors.ts';
import { systemClock } from '../station/system-clock.ts';
import { type CliIo, EXIT } from './cli-io.ts';

type EmulateOptions = {
  readonly person: number;
  readonly fault?: string;
  readonly flaw?: string;
  readonly host: string;
  readonly port: number;
  readonly exportAnchor?: string;
};

const PEOPLE = 20;
/** Such a card says so in words. */
const NO_END = '2099-12-31';
const VPCD_PORT = 35_963;
/** A card that slipped is laid back so soon. */
const BACK_MS = 500;

const catalogue = (named: Readonly<Record<string, { readonly about: string }>>) =>
  Object.entries(named)
    .map(([name, { about }]) => `  ${name.padEnd(16)} ${about}`)
    .join('\n');

const HELP = `
Needs pcscd with vsmartcard-vpcd, whose first reader listens on port ${VPCD_PORT}: on
a machine for tests only. Its people do not exist. Its issuer is new at each
start: --export-anchor writes the certificate to trust, with
  chot trust import FILE --for cccd
Faults, in what the card does:
${catalogue(NAMED_FAULTS)}
Flaws, in what it holds:
${catalogue(NAMED_FLAWS)}`;

/** `chot card emulate`. */
export function emulateCommand(io: CliIo): Command {
  return new Command('emulate')
    .description('lay an emulated identity card on a virtual reader, until Ctrl-C')
    .option('--person <n>', `whose: 1 to ${PEOPLE}`, person, 1)
    .addOption(
      new Option('--fault <name>', 'something that goes wrong').choices(Object.keys(NAMED_FAULTS)),
    )
    .addOption(
      new Option('--flaw <name>', 'something wrong in it').choices(Object.keys(NAMED_FLAWS)),
    )
    .option('--host <host>', 'where vpcd listens', '127.0.0.1')
    .option('--port <port>', "vpcd's port", port, VPCD_PORT)
    .option('--export-anchor <file>', "new file for its authority's certificate")
    .addHelpText('after', HELP)
    .action(async (options: EmulateOptions) => {
      const issuer = makeIssuer('ecdsa-brainpoolP256r1');
      const whose = personOf(options.person);
      const card = await emulatedCard(whose, issuer, options);
      if (options.exportAnchor !== undefined) exportAnchor(issuer, options.exportAnchor);
      await layDown(io, card, whose, options);
    });
}

function personOf(number: number): CardPerson {
  const found = syntheticPeople('chip cards', PEOPLE)[number - 1];
  if (found === undefined) throw new RangeError(`person ${number}`);
  const { name, birth, sex, residence, issued, oldCmnd } = found;
  const term = termOf(birth, issued);
  return {
    ...{ number: found.number, name, birth, sex, issued, residence, oldNumber: oldCmnd },
    expires: term === NO_END ? null : term,
    ...{ ethnicity: 'Kinh', religion: 'Không', origin: residence },
    ...{ features: null, father: null, mother: null, spouse: null },
  };
}

async function emulatedCard(
  whose: CardPerson,
  issuer: CardIssuer,
  { fault, flaw, person: number }: EmulateOptions,
): Promise<EmulatedCard> {
  const faults = fault === undefined ? undefined : NAMED_FAULTS[fault];
  const flaws = flaw === undefined ? undefined : NAMED_FLAWS[flaw];
  const spec = makeCard(
    {
      ...{ person: whose, issuer, portrait: await demoPortrait(`chip card ${number}`, 'jpeg') },
      faults: faults === undefined ? [] : [faults.of],
      flaws: flaws === undefined ? [] : [flaws.of],
    },
    randomBytes,
  );
  return new EmulatedCard(spec, randomBytes, (ms) =>
    systemClock.sleep(ms, new AbortController().signal),
  );
}

/** Until it is taken away, by the signal or by its own fault. */
async function layDown(
  io: CliIo,
  card: EmulatedCard,
  whose: CardPerson,
  { host, port: vpcdPort, fault }: EmulateOptions,
): Promise<void> {
  for (;;) {
    const lying = await insertCard({ host, port: vpcdPort, card, atr: CCCD_ATR });
    for (const line of introduction(whose, host, vpcdPort)) io.out(line);
    const pull = () => void lying.pull();
    io.signal.addEventListener('abort', pull, { once: true });
    if (io.signal.aborted) pull();
    const end = await lying.ended;
    io.signal.removeEventListener('abort', pull);
    if (io.signal.aborted) return io.exit(EXIT.done);
    if (end !== 'pulled') {
      throw new DeviceFault(`${host}:${vpcdPort} ended the connection (${end}): look at pcscd`);
    }
    if (fault !== 'slip') return io.tell('chot card emulate: the card was taken away');
    io.tell('chot card emulate: the card slipped, and is laid back');
    await systemClock.sleep(BACK_MS, io.signal);
    if (io.signal.aborted) return io.exit(EXIT.done);
  }
}

function introduction(whose: CardPerson, host: string, vpcdPort: number): string[] {
  return [
    `${whose.name}, who does not exist, lies on the reader at ${host}:${vpcdPort}.`,
    `  number   ${whose.number}`,
    `  CAN      ${canOf(whose)}`,
    `  birth    ${whose.birth}`,
    `  expiry   ${whose.expires ?? 'none'}`,
    'Ctrl-C takes the card away. Read it with',
    `  echo ${canOf(whose)} | chot card read --can -`,
  ];
}

function exportAnchor({ authorityCertificate }: CardIssuer, path: string): void {
  try {
    writeFileSync(path, authorityCertificate, { flag: 'wx' });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new ConfigError(`${path} cannot be made (${code}): name a new file`, { cause: error });
  }
}

function person(text: string): number {
  return wholeNumber(text, 1, PEOPLE);
}

function port(text: string): number {
  return wholeNumber(text, 1, 65_535);
}

function wholeNumber(text: string, min: number, max: number): number {
  const value = Number(text);
  if (/^\d{1,5}$/.test(text) && value >= min && value <= max) return value;
  throw new InvalidArgumentError(`expected a whole number from ${min} to ${max}`);
}
