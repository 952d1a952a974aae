import { PcscHost, type PcscPicture } from '../../devices/card-reader/pcsc-host.ts';
import { PcscReader } from '../../devices/card-reader/pcsc-reader.ts';
import { DeviceFault } from '../kernel/errors.ts';
import type { CardReader } from '../ports/card-reader.ts';
import type { Clock } from '../ports/clock.ts';
import { systemClock } from '../station/system-clock.ts';
import { systemRandom } from '../station/system-random.ts';
import type { CliIo } from './cli-io.ts';

/** The readers of this machine, as commands see them. */
export type CardDevices = {
  readonly clock: Clock;
  /** Readers whose names hold this, in capitals or not; null: all. */
  open(nameContains: string | null): OpenedReader;
};

export type OpenedReader = {
  readonly reader: CardReader;
  /** What is plugged in now. Rejects with DeviceFault when nobody can tell. */
  slots(): Promise<readonly ReaderSlot[]>;
  close(): Promise<void>;
};

/** `atr` is null without a card. */
export type ReaderSlot = { readonly name: string; readonly atr: Uint8Array | null };

/** For pcscd to answer. */
const ANSWER_MS_MAX = 5_000;

/** Those of pcscd; PCSCLITE_CSOCK_NAME names the socket of another one. */
export function systemCardDevices(io: CliIo): CardDevices {
  const socketPath = io.env['PCSCLITE_CSOCK_NAME'];
  return {
    clock: systemClock,
    open(nameContains) {
      const host = new PcscHost({
        ...{ clock: systemClock, random: systemRandom },
        ...(socketPath === undefined ? {} : { socketPath }),
      });
      return {
        reader: new PcscReader({ deviceId: 'reader', nameContains }, host),
        slots: async () => slotsOf(await firstPicture(host)),
        close: () => host.close(),
      };
    },
  };
}

async function firstPicture(host: PcscHost): Promise<PcscPicture> {
  const told = new AbortController();
  const first = new Promise<PcscPicture>((resolve) => {
    host.watch((picture) => {
      if (picture.kind !== 'unknown') resolve(picture);
    });
  });
  const late = systemClock
    .sleep(ANSWER_MS_MAX, told.signal)
    .then((): PcscPicture => ({ kind: 'unknown' }));
  return Promise.race([first, late]).finally(() => told.abort());
}

function slotsOf(picture: PcscPicture): readonly ReaderSlot[] {
  switch (picture.kind) {
    case 'slots':
      return picture.slots.map(({ name, insertion, atr }) => ({
        name,
        atr: insertion === null ? null : atr,
      }));
    case 'unknown':
      throw new DeviceFault(`pcscd did not answer within ${ANSWER_MS_MAX} ms: look at its log`);
    case 'service-down':
    case 'fault':
      throw new DeviceFault(
        `no card service (${picture.detail.join('; ')}): start pcscd, systemctl start pcscd.socket`,
      );
    default:
      return picture satisfies never;
  }
}
