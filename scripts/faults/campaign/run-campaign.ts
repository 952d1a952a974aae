import { type ChildProcess, execFileSync, fork } from 'node:child_process';
import { createReadStream, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { compiledEntry } from '../../../src/kernel/package-root.ts';
import { openDataDirectory } from '../../../src/station/data-directory.ts';
import { endOf } from './children.ts';
import { CampaignHub } from './hub.ts';
import { CampaignLine, type LineCounts } from './line.ts';
import type { CampaignPlan, Fault, Round } from './plan.ts';
import { Progress } from './progress.ts';
import { HubReader, incidentsOf } from './read-hub.ts';
import { CampaignStation } from './station.ts';
import { Judge, parseHeard, type Verdict } from './verdict.ts';

const QUIET_MS_MAX = 60_000;
const DRAIN_LOOK_MS = 100;
const SEALED_BYTES = 784;
/** Of a segment of 256 records. */
const CUT_INSIDE_BYTES_MAX = 190_000;
const LOST_REPLIES_MAX = 4;
/** Of the killed hubs so many are looked into before they start again; the others find their files as the kill left them. */
const GAPS_SHARE = 0.5;

export type CampaignOutcome = {
  readonly verdict: Verdict;
  readonly seconds: number;
  /** From the end of the last fault until everything was opened. */
  readonly drainSeconds: number;
  readonly starts: { readonly hub: number; readonly stations: number };
  readonly kills: { readonly stations: number; readonly hub: number; readonly opener: number };
  readonly backups: number;
  readonly restores: number;
  readonly line: LineCounts & { readonly stalls: number };
  /** Gaps that killed and restored hubs named, each as it is. */
  readonly gapsNamed: number;
  readonly alarms: Readonly<Record<string, number>>;
  readonly incidents: readonly string[];
};

/** Runs a plan in `base`, a folder that is there and empty. Rejects when the campaign itself came to nothing. */
export async function runCampaign(base: string, plan: CampaignPlan): Promise<CampaignOutcome> {
  const campaign = await Campaign.begin(base, plan);
  try {
    return await Promise.race([campaign.run(), campaign.failure]);
  } finally {
    await campaign.end();
  }
}

class Campaign {
  readonly #base: string;
  readonly #plan: CampaignPlan;
  readonly #progress: Progress;
  readonly #line: CampaignLine;
  readonly #hub: CampaignHub;
  readonly #stations: readonly CampaignStation[];
  readonly #oracle: ChildProcess;
  readonly #judge = new Judge();
  readonly #startedMs = performance.now();
  /** What is done to the hub, or to a station, one after the other. */
  readonly #turns = new Map<CampaignHub | CampaignStation, Promise<void>>();
  #hubKills = 0;
  #stalls = 0;
  #gapsNamed = 0;

  private constructor(
    base: string,
    plan: CampaignPlan,
    parts: { progress: Progress; line: CampaignLine; hub: CampaignHub; oracle: ChildProcess },
  ) {
    this.#base = base;
    this.#plan = plan;
    this.#progress = parts.progress;
    this.#line = parts.line;
    this.#hub = parts.hub;
    this.#oracle = parts.oracle;
    this.#stations = Array.from(
      { length: plan.stations },
      (_, index) =>
        new CampaignStation({
          ...{ id: `cua-${index + 1}`, base, fifo: fifoIn(base), seed: plan.seed + index },
          onAcked: (count) => this.#progress.add('written', count),
          onLost: (how) => this.#progress.fail(how),
        }),
    );
  }

  static async begin(base: string, plan: CampaignPlan): Promise<Campaign> {
    const progress = new Progress(QUIET_MS_MAX);
    execFileSync('mkfifo', [fifoIn(base)]);
    const oracle = fork(
      compiledEntry('scripts/faults/campaign-oracle.ts'),
      [fifoIn(base), logIn(base)],
      { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] },
    );
    await new Promise((resolve) => oracle.once('message', resolve));
    const line = await CampaignLine.open((bytes) => progress.add('sent', bytes));
    const hub = await CampaignHub.make(base, (how) => progress.fail(how));
    return new Campaign(base, plan, { progress, line, hub, oracle });
  }

  get failure(): Promise<never> {
    return this.#progress.failure;
  }

  async run(): Promise<CampaignOutcome> {
    await this.#startHub();
    for (const station of this.#stations) {
      await station.enrol(await this.#hub.invite(station.id), this.#line.port);
      await station.start();
    }
    for (const round of this.#plan.rounds) await this.#round(round);
    const faultsOverMs = performance.now();
    await this.#drain();
    const drainSeconds = secondsSince(faultsOverMs);
    for (const station of this.#stations) await station.stop();
    await this.#hub.stop();
    await this.#hearOracle();
    await this.#readHub();
    return this.#outcome(drainSeconds);
  }

  /** Whatever still runs. */
  async end(): Promise<void> {
    this.#progress.end();
    for (const station of this.#stations) await station.kill();
    await this.#hub.kill();
    await this.#line.close();
    this.#oracle.kill('SIGKILL');
  }

  async #round({ records, faults }: Round): Promise<void> {
    const written = records * this.#stations.length;
    this.#progress.begin({ written, sent: written * SEALED_BYTES });
    this.#hurry();
    const writing = this.#stations.map((station) => station.write(records));
    await Promise.all([...writing, ...faults.map((fault) => this.#strike(fault))]);
    this.#line.heal();
  }

  async #strike({ kind, at, draw }: Fault): Promise<void> {
    await this.#progress.reached(at);
    const station = this.#stations[Math.floor(draw * this.#stations.length)];
    switch (kind) {
      case 'kill-station':
        return station && this.#inTurn(station, () => this.#restart(station));
      case 'kill-hub':
        return this.#inTurn(this.#hub, () => this.#killHub(draw));
      case 'kill-opener':
        return this.#hub.killOpener();
      case 'back-up':
        return this.#inTurn(this.#hub, () => this.#hub.backUp());
      case 'restore':
        return this.#inTurn(this.#hub, () => this.#restore(draw));
      case 'cut':
        return this.#line.cut();
      case 'cut-inside':
        return this.#line.cutInside(draw * CUT_INSIDE_BYTES_MAX);
      case 'lose-replies':
        return this.#line.loseReplies(1 + Math.floor(draw * LOST_REPLIES_MAX));
      case 'stall':
        this.#stalls++;
        this.#line.stall();
        await this.#later(at, draw);
        return this.#line.goOn();
      case 'refuse':
        this.#line.refuse();
        await this.#later(at, draw);
        return this.#line.heal();
      default:
        return kind satisfies never;
    }
  }

  /** While nothing can be sent, only writing goes on. */
  #later({ of, share }: Fault['at'], draw: number): Promise<void> {
    const from = of === 'written' ? share : 0;
    return this.#progress.reached({ of: 'written', share: from + draw * (1 - from) });
  }

  async #restart(station: CampaignStation): Promise<void> {
    await station.kill();
    await station.start();
    this.#progress.note();
  }

  async #killHub(draw: number): Promise<void> {
    this.#hubKills++;
    await this.#hub.kill();
    if (draw < GAPS_SHARE) await this.#nameGaps();
    await this.#startHub();
  }

  async #restore(draw: number): Promise<void> {
    this.#hubKills++;
    await this.#hub.restore(draw);
    await this.#nameGaps();
    await this.#startHub();
  }

  /** While no daemon runs. */
  async #nameGaps(): Promise<void> {
    const reader = new HubReader(this.#hub.directory);
    for (const { id } of this.#stations) {
      const gaps = await reader.namedGaps(id);
      if (gaps === null) this.#judge.complain(`${id}: a gap at the hub without its name`);
      this.#gapsNamed += gaps ?? 0;
    }
    await reader.close();
  }

  async #startHub(): Promise<void> {
    this.#line.leadTo(await this.#hub.start());
    this.#progress.note();
    this.#hurry();
  }

  #hurry(): void {
    for (const station of this.#stations) station.hurry();
  }

  #inTurn(whose: CampaignHub | CampaignStation, act: () => Promise<void>): Promise<void> {
    const done = (this.#turns.get(whose) ?? Promise.resolve()).then(act);
    this.#turns.set(whose, done);
    return done;
  }

  async #drain(): Promise<void> {
    this.#line.heal();
    this.#hurry();
    const reader = new HubReader(this.#hub.directory);
    try {
      for (const { id, head } of this.#stations) {
        while (!(await reader.isDrained(id, head))) await delay(DRAIN_LOOK_MS);
        this.#progress.note();
      }
    } finally {
      await reader.close();
    }
  }

  async #hearOracle(): Promise<void> {
    writeSync(openSync(fifoIn(this.#base), 'w'), 'end\n');
    await endOf(this.#oracle);
    for await (const line of createInterface({ input: createReadStream(logIn(this.#base)) })) {
      this.#progress.note();
      this.#judge.heard(parseHeard(line));
    }
  }

  async #readHub(): Promise<void> {
    const reader = new HubReader(this.#hub.directory);
    for await (const held of reader.records()) {
      this.#progress.note();
      this.#judge.held(held);
    }
    for (const { id, folder } of this.#stations) {
      const { stationVerifying } = openDataDirectory(folder).keys;
      for await (const problem of reader.complaints(id, stationVerifying)) {
        this.#judge.complain(problem);
      }
    }
    await reader.close();
  }

  async #outcome(drainSeconds: number): Promise<CampaignOutcome> {
    const hub = this.#hub;
    const kills = this.#stations.reduce((sum, station) => sum + station.kills, 0);
    const alarms: Record<string, number> = {};
    for (const station of this.#stations) {
      for (const [code, count] of station.alarms) alarms[code] = (alarms[code] ?? 0) + count;
    }
    return {
      verdict: this.#judge.verdict(),
      ...{ seconds: secondsSince(this.#startedMs), drainSeconds },
      starts: { hub: hub.starts, stations: kills + this.#stations.length },
      kills: { stations: kills, hub: this.#hubKills, opener: hub.openerKills },
      ...{ backups: hub.backups, restores: hub.restores },
      line: { ...this.#line.counts, stalls: this.#stalls },
      ...{ gapsNamed: this.#gapsNamed, alarms },
      incidents: [...hub.complaints, ...(await incidentsOf(hub.directory))],
    };
  }
}

function secondsSince(ms: number): number {
  return Math.round((performance.now() - ms) / 100) / 10;
}

function fifoIn(base: string): string {
  return join(base, 'heard');
}

function logIn(base: string): string {
  return join(base, 'oracle.log');
}
