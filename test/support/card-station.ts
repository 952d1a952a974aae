import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type CardIssuer, makeIssuer } from '../../devices/card-reader/emulated/card-issuer.ts';
import type { CardPerson } from '../../devices/card-reader/emulated/card-person.ts';
import { EmulatedCard } from '../../devices/card-reader/emulated/emulated-card.ts';
import type { CardOptions } from '../../devices/card-reader/emulated/make-card.ts';
import {
  CCCD_ATR,
  type VpcdCard,
  type VpcdOptions,
} from '../../devices/card-reader/emulated/vpcd-client.ts';
import { VirtualPcscd } from '../../devices/card-reader/sim/virtual-pcscd.ts';
import type { LaneView } from '../../src/station/http/lane-shape.ts';
import { systemClock } from '../../src/station/system-clock.ts';
import { codeOf } from './card-code.ts';
import { GATE_CONFIG, GateBoard } from './gate-board.ts';
import { sampleCard, seededRandom } from './sample-card.ts';
import type { StaffSession } from './staff-session.ts';
import { StationBench, type StationProcess } from './station-process.ts';

const READER = `
[[reader]]
id = "reader-1"
driver = "pcsc"
`;
const ASSISTED = `${READER}
[[lane]]
id = "lane-1"
name = "Làn 1"
devices = ["reader-1"]
`;
const AUTOMATIC = `${READER}${GATE_CONFIG}
[[lane]]
id = "lane-1"
name = "Làn 1"
operation = "automatic"
devices = ["reader-1", "barrier-1"]
`;

type Options = {
  /** Numbers in the register F0. */
  readonly listed: readonly string[];
  /** A barrier on a relay board, opened by the station itself. */
  readonly automatic?: boolean;
};

/** The daemon as it is installed, with a reader of a real pcscd, and an authority whose cards it believes. */
export class CardStation {
  readonly bench: StationBench;
  /** Of an automatic lane. */
  readonly gate: GateBoard | null;
  readonly pcscd: VirtualPcscd;
  readonly issuer: CardIssuer;
  readonly station: StationProcess;
  readonly staff: StaffSession;
  #lying: VpcdCard | null = null;

  private constructor(
    parts: Pick<CardStation, 'bench' | 'gate' | 'pcscd' | 'issuer' | 'station' | 'staff'>,
  ) {
    this.bench = parts.bench;
    this.gate = parts.gate;
    this.pcscd = parts.pcscd;
    this.issuer = parts.issuer;
    this.station = parts.station;
    this.staff = parts.staff;
  }

  /** Its devices are online, the date confirmed, the authority not imported yet. */
  static async open({ listed, automatic = false }: Options): Promise<CardStation> {
    const pcscd = await VirtualPcscd.open();
    const bench = await StationBench.make({ config: automatic ? AUTOMATIC : ASSISTED });
    const gate = automatic ? await GateBoard.open(bench.folder) : null;
    try {
      await pcscd.start();
      const lines = listed.map((number) => `${number},active,2026-01-01,2099-12-31,CDC`);
      await bench.importRegister('f0', lines);
      const station = await bench.start({ env: { PCSCLITE_CSOCK_NAME: pcscd.socketPath } });
      const staff = await station.enter();
      await staff.act('confirm-time', null);
      await staff.until('its devices', ({ devices }) =>
        devices.every(({ state }) => state === 'online'),
      );
      const issuer = makeIssuer('ecdsa-brainpoolP256r1');
      return new CardStation({ bench, gate, pcscd, issuer, station, staff });
    } catch (error) {
      await gate?.close();
      await bench.remove();
      await pcscd.close();
      throw error;
    }
  }

  /** `chot trust import` of the authority's certificate, until the daemon has taken it in. */
  async trustIssuer(): Promise<void> {
    const file = join(this.bench.folder, 'csca.der');
    writeFileSync(file, this.issuer.authorityCertificate);
    const { code, stderr } = await this.bench.chot(['trust', 'import', file, '--for', 'cccd']);
    if (code !== 0) throw new Error(stderr);
    await this.station.logged(({ event }) => event === 'trust-changes');
    await this.houseKept();
  }

  /** By now everything a command left for the daemon before this has been taken in: a look-up left later was. */
  async houseKept(): Promise<void> {
    const before = this.station.log().filter(({ event }) => event === 'look-ups').length;
    const check = ['register', 'check', '--number', '-', '--reason', 'order'];
    await this.bench.chot(check, '000000000000\n');
    await this.station.logged(
      () => this.station.log().filter(({ event }) => event === 'look-ups').length > before,
    );
  }

  /** The code of `person`, as a software scanner posts it; resolves when the lane shows it. */
  async present(person: CardPerson): Promise<LaneView> {
    await this.post(codeOf(person));
    return this.staff.until(
      'the code’s answer',
      ({ current }) => current?.subject.number === person.number,
    );
  }

  /** On a starved machine the daemon gives up a connection it never heard anything on (408): then once more, as HTTP has it. */
  async post(text: string): Promise<void> {
    const first = await this.station.present(text);
    const { status } = first.status === 408 ? await this.station.present(text) : first;
    if (status !== 202) throw new Error(`presentation: ${status}`);
  }

  async make(
    person: CardPerson,
    options: Partial<CardOptions> = {},
    random = seededRandom('station chip'),
  ): Promise<EmulatedCard> {
    const spec = await sampleCard({ issuer: this.issuer, ...options, person });
    const wait = (ms: number) => systemClock.sleep(ms, new AbortController().signal);
    return new EmulatedCard(spec, random, wait);
  }

  async lay(card: VpcdOptions['card']): Promise<VpcdCard> {
    this.#lying = await this.pcscd.insert(card, CCCD_ATR);
    return this.#lying;
  }

  /** The card of whom the lane shows is read, and its photograph is there, or is not to be. */
  read({ number }: CardPerson): Promise<LaneView> {
    return this.staff.until('the card is read', ({ card, current }) => {
      if (current?.subject.number !== number || card?.ordinal !== current.ordinal) return false;
      const photo = card.photo !== null || card.photoProblem !== null;
      return card.stage === 'read' && (photo || card.authenticity === 'altered');
    });
  }

  /** The card is taken away, and whoever is held is sent back. */
  async clear(): Promise<void> {
    await this.#lying?.pull();
    this.#lying = null;
    await this.staff.until('gone', ({ card }) => card === null || card.stage === 'gone');
    const { current } = await this.staff.lane();
    if (current !== null && current.verdict !== 'pass' && current.staff === null) {
      await this.staff.act('turn-back', current.ordinal);
    }
  }

  async close(): Promise<void> {
    await this.#lying?.pull();
    await this.gate?.close();
    await this.bench.remove();
    await this.pcscd.close();
  }
}

export function readerOf({ devices }: LaneView): LaneView['devices'][number] | undefined {
  return devices.find(({ kind }) => kind === 'reader');
}
