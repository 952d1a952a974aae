import { Command } from 'commander';
import { proveStation } from '../hub/inbox/prove-station.ts';
import { proofOf, type ShownProof } from '../hub/stations/proof.ts';
import { ConfigError, InputError } from '../kernel/errors.ts';
import { type CliIo, EXIT } from './cli-io.ts';
import { type HubCliOptions, withHub, withHubData } from './hub-common.ts';
import { withJournals } from './hub-journals.ts';

const LISTED_MAX = 10;

type Epoch = ShownProof['epochs'][number];

/** `chot hub prove STATION`: beside the daemon; exit 3 when something is missing or does not fit. */
export function hubProveCommand(io: CliIo): Command {
  return withHubData(
    new Command('prove')
      .description(
        'prove what the hub holds of a station: complete, in order, unaltered; name every gap',
      )
      .argument('<station>'),
  ).action(async (id: string, options: HubCliOptions) => {
    const proof = await withHub(io, options, async ({ store, directory }) => {
      const station = await store.stations.get(id);
      if (station === null) {
        throw new InputError(`no station ${id}: 'chot hub station list' names them`);
      }
      return withJournals(directory, 'read-only', (journals) => {
        if (journals === null) {
          throw new ConfigError(
            'this hub has no journals yet: start it once (chot hub --config F)',
          );
        }
        const { inbox } = journals;
        return proofOf({ prove: (name, key) => proveStation(inbox, name, key) }, station);
      });
    });
    if (options.json === true) io.out(JSON.stringify(proof));
    else for (const line of linesOf(proof)) io.out(line);
    io.exit(proof.isWhole ? EXIT.done : EXIT.look);
  });
}

function linesOf({ station, isWhole, epochs }: ShownProof): readonly string[] {
  const last = isWhole
    ? 'whole: nothing is missing between the first record and the last that is proven'
    : 'NOT whole: see above';
  return [
    `${station}: ${epochs.length} epoch(s)`,
    ...epochs.flatMap(epochLines),
    epochs.length === 0 ? 'nothing was received of it yet' : last,
  ];
}

function epochLines(epoch: Epoch): readonly string[] {
  const { records, through, provenHead, gaps, gapCount, misfits, misfitCount, state } = epoch;
  const named = gaps.slice(0, LISTED_MAX).map(({ from, to }) => `  missing   ${range(from, to)}`);
  const unfit = misfits
    .slice(0, LISTED_MAX)
    .map(({ kind, from, to }) => `  ${kind.padEnd(9)} ${range(from, to)} do not fit`);
  const proven =
    provenHead === null
      ? 'no head with a receipt yet'
      : `to record ${provenHead.sequence}, link ${provenHead.link.slice(0, 16)}...`;
  return [
    `epoch ${epoch.epoch}${state === 'waiting' ? ', WAITS to be granted' : ''}`,
    `  follows   ${jointText(epoch)}`,
    `  held      ${records} records, without a hole to ${through}`,
    `  proven    ${proven}`,
    ...named,
    ...more(gapCount - named.length, 'missing'),
    ...unfit,
    ...more(misfitCount - unfit.length, 'that do not fit'),
  ];
}

function jointText({ joint: { reason, follows, after } }: Epoch): string {
  if (follows === 'nothing') return `nothing (${reason})`;
  if (follows === 'unknown' || after === null)
    return `a record that this hub does NOT know (${reason})`;
  return `record ${after.sequence} of epoch ${after.epoch.slice(0, 8)}... (${reason})`;
}

function range(from: number, to: number): string {
  return from === to ? `record ${from}` : `records ${from} to ${to}`;
}

function more(count: number, what: string): readonly string[] {
  return count > 0 ? [`  and ${count} more ${what}`] : [];
}
