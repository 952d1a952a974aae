import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { FastifyInstance } from 'fastify';
import { fromHex, toHex } from '../../kernel/bytes.ts';
import { instantToIso } from '../../kernel/calendar.ts';
import type { Clock } from '../../ports/clock.ts';
import type { InboxStore, StoredEpoch } from '../inbox/inbox-store.ts';
import { jointOf } from '../inbox/prove-station.ts';
import type { Journals } from '../journals.ts';
import { proofOf } from '../stations/proof.ts';
import type { StationActions } from '../stations/station-actions.ts';
import type { Station } from '../stations/station-store.ts';
import type { HubStore } from '../store/hub-store.ts';
import { refuse } from './error-answers.ts';
import { type Audit, operatorOfRequest } from './operator-guard.ts';
import {
  CodeAnswer,
  EpochParams,
  EpochsAnswer,
  EpochsQuery,
  NewStation,
  NumberParams,
  Page,
  Revocation,
  StationParams,
} from './operator-shapes.ts';

type Deps = {
  readonly store: HubStore;
  readonly journals: Journals;
  readonly actions: StationActions;
  readonly clock: Clock;
  readonly audit: Audit;
};

const NO_STATION = "no such station: 'chot hub station list' names them";
const LIMIT_MAX = 1_000;
const LIMIT = 100;

/** Stations, their epochs, and incidents. */
export function stationAdminRoutes(deps: Deps) {
  return async (app: FastifyInstance) => {
    await app.register(stationRoutes(deps));
    await app.register(epochRoutes(deps));
    await app.register(incidentRoutes(deps));
  };
}

function stationRoutes(deps: Deps) {
  const { store, actions, journals, audit } = deps;
  return async (instance: FastifyInstance) => {
    const app = instance.withTypeProvider<TypeBoxTypeProvider>();
    const tags = ['stations'];
    app.get('/api/v1/stations', { config: { operator: 'viewer' }, schema: { tags } }, async () => ({
      stations: (await store.stations.list(null)).map(summaryOf),
    }));
    app.get(
      '/api/v1/stations/:station',
      { config: { operator: 'viewer' }, schema: { tags, params: StationParams } },
      async (request, reply) => {
        const station = await store.stations.get(request.params.station);
        if (station === null) return refuse(reply, 404, 'station.unknown', NO_STATION);
        return { ...summaryOf(station), ...(await journalOf(deps, station.station)) };
      },
    );
    app.get(
      '/api/v1/stations/:station/proof',
      { config: { operator: 'viewer' }, schema: { tags, params: StationParams } },
      async (request, reply) => {
        const station = await store.stations.get(request.params.station);
        if (station === null) return refuse(reply, 404, 'station.unknown', NO_STATION);
        return proofOf(journals, station);
      },
    );
    app.post(
      '/api/v1/stations',
      {
        config: { operator: 'admin' },
        schema: { tags, body: NewStation, response: { 201: CodeAnswer } },
      },
      async (request, reply) => {
        const { region, station } = request.body;
        const answer = await actions.invite(request.body);
        await audit(request, 'station.invite', { region, station });
        return reply.code(201).send(answer);
      },
    );
    app.post(
      '/api/v1/stations/:station/revocation',
      {
        config: { operator: 'admin' },
        schema: { tags, params: StationParams, body: Revocation },
      },
      async (request, reply) => {
        const { station } = request.params;
        const { reason } = request.body;
        if (!(await actions.revoke(station, reason))) {
          return refuse(reply, 404, 'station.unknown', NO_STATION);
        }
        await audit(request, 'station.revoke', { station, reason });
        return reply.code(204).send();
      },
    );
    app.post(
      '/api/v1/stations/:station/clearance',
      { config: { operator: 'admin' }, schema: { tags, params: StationParams } },
      async (request, reply) => {
        await actions.clearCopied(request.params.station);
        await audit(request, 'station.clear', { station: request.params.station });
        return reply.code(204).send();
      },
    );
  };
}

function epochRoutes({ journals, clock, audit }: Deps) {
  return async (instance: FastifyInstance) => {
    const app = instance.withTypeProvider<TypeBoxTypeProvider>();
    const tags = ['stations'];
    app.get(
      '/api/v1/epochs',
      {
        config: { operator: 'viewer' },
        schema: { tags, querystring: EpochsQuery, response: { 200: EpochsAnswer } },
      },
      async (request) => ({ epochs: await epochsOf(journals.inbox, request.query.state) }),
    );
    app.post(
      '/api/v1/stations/:station/epochs/:epoch/grant',
      { config: { operator: 'admin' }, schema: { tags, params: EpochParams } },
      async (request, reply) => {
        const { station, epoch } = request.params;
        const key = { station, epoch: fromHex(epoch) ?? new Uint8Array(0) };
        const granted = await journals.inbox.grantEpoch(
          key,
          operatorOfRequest(request),
          clock.wallMs(),
        );
        if (!granted) return refuse(reply, 404, 'epoch.unknown', 'no such epoch waits');
        await audit(request, 'epoch.grant', { station, epoch });
        return reply.code(204).send();
      },
    );
  };
}

/** Of every station, in the order in which each announced them. */
async function epochsOf(inbox: InboxStore, state: StoredEpoch['state'] | undefined) {
  const shown = [];
  for (const station of await inbox.stations()) {
    for (const each of await inbox.epochs(station)) {
      if (state !== undefined && each.state !== state) continue;
      const { region, epoch, atMs, reason, first, last, through } = each;
      shown.push({
        ...{ station, region, epoch: toHex(epoch), announcedMs: atMs, state: each.state },
        ...{ first, last, through, reason, follows: (await jointOf(inbox, each)).follows },
      });
    }
  }
  return shown;
}

function incidentRoutes({ store, clock, audit }: Deps) {
  return async (instance: FastifyInstance) => {
    const app = instance.withTypeProvider<TypeBoxTypeProvider>();
    const tags = ['incidents'];
    app.get(
      '/api/v1/incidents',
      { config: { operator: 'viewer' }, schema: { tags, querystring: Page } },
      async (request) => ({
        incidents: await store.incidents({
          open: request.query.open !== 'false',
          ...pageOf(request.query),
        }),
      }),
    );
    app.post(
      '/api/v1/incidents/:id/closure',
      { config: { operator: 'health' }, schema: { tags, params: NumberParams } },
      async (request, reply) => {
        const id = Number(request.params.id);
        const closed = await store.closeIncident(id, operatorOfRequest(request), clock.wallMs());
        if (!closed)
          return refuse(reply, 404, 'incident.unknown', 'no incident that is open has this number');
        await audit(request, 'incident.close', { id });
        return reply.code(204).send();
      },
    );
  };
}

export function pageOf({ before, limit }: { before?: string; limit?: string }) {
  return {
    before: before === undefined ? null : Number(before),
    limit: Math.min(LIMIT_MAX, Number(limit ?? LIMIT)),
  };
}

function summaryOf(station: Station) {
  const { region, name, state, addedMs, enrolledMs, copied, report, reportMs } = station;
  return {
    ...{ station: station.station, region, name, state, addedMs, enrolledMs, copied, reportMs },
    reportAt: reportMs === null ? null : instantToIso(reportMs),
    report: report === null ? null : (JSON.parse(report) as unknown),
  };
}

async function journalOf({ journals }: Deps, station: string) {
  return { epochs: await journals.standing(station) };
}
