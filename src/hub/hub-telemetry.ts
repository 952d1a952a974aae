import { Counter, Gauge, Registry } from 'prom-client';
import type { StorageFaultKind } from '../kernel/errors.ts';
import type { JournalsNews } from './journals.ts';

/** JSON objects of codes and numbers; a person's data has no field to be in. */
export type HubLogLine = Readonly<Record<string, string | number | boolean | null>>;
export type WriteHubLog = (line: HubLogLine) => void;

/** One log line and one metric per thing that happened at the hub. */
export class HubTelemetry {
  readonly #write: WriteHubLog;
  readonly #registry = new Registry();
  readonly #segments;
  readonly #refused;
  readonly #incidents;
  readonly #polls;
  readonly #cut;
  readonly #bugs;
  readonly #disk;
  readonly #indexed;

  constructor(write: WriteHubLog) {
    this.#write = write;
    const registers = [this.#registry];
    this.#segments = new Counter({
      name: 'chot_hub_segments_total',
      help: 'Segments that came, by what became of them.',
      labelNames: ['outcome'],
      registers,
    });
    this.#refused = new Counter({
      name: 'chot_hub_refused_total',
      help: 'Requests of stations that were refused, by why.',
      labelNames: ['code'],
      registers,
    });
    this.#incidents = new Counter({
      name: 'chot_hub_incidents_total',
      help: 'Incidents raised.',
      labelNames: ['code'],
      registers,
    });
    this.#polls = new Gauge({
      name: 'chot_hub_polls',
      help: 'Stations that wait for a new version.',
      registers,
    });
    this.#cut = new Counter({
      name: 'chot_hub_slow_requests_total',
      help: 'Requests cut off because their body came too slowly.',
      registers,
    });
    this.#indexed = new Counter({
      name: 'chot_hub_records_total',
      help: 'Records opened and indexed.',
      registers,
    });
    this.#disk = new Counter({
      name: 'chot_hub_disk_faults_total',
      help: 'What came to nothing because of the hub’s disk.',
      labelNames: ['fault'],
      registers,
    });
    this.#bugs = new Counter({
      name: 'chot_hub_bugs_total',
      help: 'Faults of the software itself.',
      labelNames: ['where'],
      registers,
    });
  }

  /** For parts of the hub that count for themselves. */
  get registry(): Registry {
    return this.#registry;
  }

  started(software: string, origin: string): void {
    this.#write({ event: 'hub-started', software, origin });
  }

  stopped(): void {
    this.#write({ event: 'hub-stopped' });
  }

  /** Stored segments are counted and not logged: there is one every three seconds from every station. */
  segment(outcome: string): void {
    this.#segments.inc({ outcome });
  }

  refused(code: string, station: string | null): void {
    this.#refused.inc({ code });
    this.#write({ event: 'refused', code, station });
  }

  incident(code: string, station: string | null): void {
    this.#incidents.inc({ code });
    this.#write({ event: 'incident', code, station });
  }

  /** Who did what at the hub: enrolled, revoked, published, ... */
  done(event: string, fields: HubLogLine): void {
    this.#write({ event, ...fields });
  }

  /** What opener and retention say of themselves. */
  journals(news: JournalsNews): void {
    switch (news.kind) {
      case 'indexed':
        this.#indexed.inc(news.records);
        return;
      case 'expired':
        if (news.records + news.bodies > 0) {
          this.#write({ event: 'expired', records: news.records, bodies: news.bodies });
        }
        return;
      case 'key-unfit':
        this.#write({ event: 'recipient-key-unfit', file: news.file, why: news.why });
        return;
      case 'checker-lost':
      case 'opener-lost':
        this.#write({ event: news.kind, how: news.how });
        return;
      case 'retention-failed':
        this.bug('retention', news.error);
        return;
      default:
        news satisfies never;
    }
  }

  polls(count: number): void {
    this.#polls.set(count);
  }

  slowCut(count: number): void {
    if (count === 0) return;
    this.#cut.inc(count);
    this.#write({ event: 'slow-cut', count });
  }

  /** Something came to nothing because the hub's disk is full or fails. */
  disk(fault: StorageFaultKind): void {
    this.#disk.inc({ fault });
    this.#write({ event: 'disk-fault', fault });
  }

  /** Only where it happened and what class of error: a message may hold what somebody sent. */
  bug(where: string, error: unknown): void {
    this.#bugs.inc({ where });
    const stack = error instanceof Error ? (error.stack ?? '') : '';
    const at = /\n\s+at (.*)/.exec(stack)?.[1] ?? '';
    const kind = error instanceof Error ? error.name : typeof error;
    this.#write({
      ...{ event: 'bug', where, kind },
      at: at.replace(/\(?file:\/\/.*\/(dist|src)\//, '').slice(0, 200),
    });
  }
}
