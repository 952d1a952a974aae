import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { FastifyInstance } from 'fastify';
import { fromHex } from '../../kernel/bytes.ts';
import type { Clock } from '../../ports/clock.ts';
import { encodeHubTime } from '../../sync/protocol/hub-time.ts';
import {
  CasesAnswer,
  CasesRequest,
  ReportAnswer,
  ReportRequest,
  TimeRequest,
} from '../../sync/protocol/wire.ts';
import type { Signer } from '../authority/signer.ts';
import type { StationCases } from '../cases-port.ts';
import type { RaiseIncident } from '../ingest-port.ts';
import { noteManifest } from '../registers/note-manifest.ts';
import type { HubStore } from '../store/hub-store.ts';
import { callerOf, sendBytes } from './station-guard.ts';

export type ReportDeps = {
  readonly store: HubStore;
  readonly signer: Signer;
  readonly cases: StationCases;
  readonly clock: Clock;
  readonly raise: RaiseIncident;
};

/** A station's time, its state, and what became of its stops. */
export function reportRoutes({ store, signer, cases, clock, raise }: ReportDeps) {
  return async (instance: FastifyInstance) => {
    const app = instance.withTypeProvider<TypeBoxTypeProvider>();
    app.post(
      '/v1/time',
      { schema: { tags: ['station'], body: TimeRequest, produces: ['application/octet-stream'] } },
      async (request, reply) => {
        const nonce = fromHex(request.body.nonce) ?? new Uint8Array(0);
        const { region } = callerOf(request).station;
        // Read last: the station takes it for no earlier than its own question.
        const hubMs = Math.floor(clock.wallMs());
        const statement = await signer.sign(region, 'receipt', encodeHubTime({ nonce, hubMs }));
        return sendBytes(reply, statement);
      },
    );
    app.post(
      '/v1/reports',
      { schema: { tags: ['station'], body: ReportRequest, response: { 200: ReportAnswer } } },
      async (request) => {
        const { station, region } = callerOf(request).station;
        const hubMs = Math.floor(clock.wallMs());
        await store.stations.saveReport(station, JSON.stringify(request.body), hubMs);
        const seen = request.body.versions.manifest;
        await noteManifest({ store, raise }, { region, station, seen, atMs: hubMs });
        return { hubMs };
      },
    );
    app.post(
      '/v1/cases',
      { schema: { tags: ['station'], body: CasesRequest, response: { 200: CasesAnswer } } },
      async (request) => {
        const { station } = callerOf(request).station;
        return { cases: [...(await cases.casesOf(station, request.body.passages))] };
      },
    );
  };
}
