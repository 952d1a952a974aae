import type { IncomingMessage } from 'node:http';
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import { SEGMENT_BYTES_MAX } from '../../journal/segment.ts';
import { fromHex, toHex } from '../../kernel/bytes.ts';
import type { Clock } from '../../ports/clock.ts';
import { epochProofBytes } from '../../sync/protocol/proofs.ts';
import { encodeReceipt } from '../../sync/protocol/receipt.ts';
import { isSigned } from '../../sync/protocol/statement.ts';
import { EpochRequest, ErrorBody, HeadsAnswer, SegmentAnswer } from '../../sync/protocol/wire.ts';
import type { Signer } from '../authority/signer.ts';
import type { HubTelemetry } from '../hub-telemetry.ts';
import type { Ingest, KnownStation, SegmentOutcome, SegmentRefusal } from '../ingest-port.ts';
import type { Station } from '../stations/station-store.ts';
import { VerifyingKeys } from '../stations/verifying-keys.ts';
import type { Admission } from './admission.ts';
import { BodyMemory } from './body-memory.ts';
import { refuse } from './error-answers.ts';
import { callerOf } from './station-guard.ts';

export type JournalDeps = {
  readonly ingest: Ingest;
  readonly signer: Signer;
  readonly admission: Admission;
  readonly clock: Clock;
  readonly telemetry: HubTelemetry;
  readonly backupIntervalMs: number;
};

const STATUS: Readonly<Record<SegmentRefusal, number>> = {
  'segment.malformed': 422,
  'segment.place': 422,
  'segment.signature': 422,
  'segment.recipient': 422,
  'segment.overlap': 422,
  'epoch.unknown': 422,
  'segment.conflict': 409,
  'segment.erased': 410,
};
const Address = Type.Object({
  epoch: Type.String({ pattern: '^[0-9a-f]{32}$' }),
  first: Type.String({ pattern: '^[1-9][0-9]{0,15}$' }),
});

/** Segments, heads and epochs: how a journal comes to the hub. */
export function journalRoutes(deps: JournalDeps) {
  return async (instance: FastifyInstance) => {
    const app = instance.withTypeProvider<TypeBoxTypeProvider>();
    const memory = new BodyMemory();
    const keys = new VerifyingKeys();
    app.addContentTypeParser(
      'application/octet-stream',
      { bodyLimit: SEGMENT_BYTES_MAX },
      (request: FastifyRequest, payload: IncomingMessage) =>
        memory.read(payload, request.headers['content-length'], SEGMENT_BYTES_MAX),
    );
    app.post(
      '/v1/segments/:epoch/:first',
      {
        bodyLimit: SEGMENT_BYTES_MAX,
        schema: {
          ...{ tags: ['station'], params: Address, consumes: ['application/octet-stream'] },
          response: { 200: SegmentAnswer, 201: SegmentAnswer, '4xx': ErrorBody, 503: ErrorBody },
        },
      },
      async (request, reply) => {
        const { station } = callerOf(request);
        if (!Buffer.isBuffer(request.body)) {
          return refuse(reply, 415, 'http.type', 'expected application/octet-stream, a segment');
        }
        const first = Number(request.params.first);
        const address = { epoch: bytesOf(request.params.epoch), first };
        if (!Number.isSafeInteger(first)) {
          return refuse(reply, 422, 'segment.place', 'expected a sequence below 2^53');
        }
        try {
          const outcome = await deps.ingest.accept(knownOf(station, keys), address, request.body);
          return await answerSegment(deps, reply, station.region, outcome);
        } finally {
          memory.giveBack(request.body);
        }
      },
    );
    app.get(
      '/v1/heads',
      { schema: { tags: ['station'], response: { 200: HeadsAnswer } } },
      async (request) => {
        const heads = await deps.ingest.heads(callerOf(request).station.station);
        return {
          hub: toHex(deps.ingest.hub),
          backupIntervalMs: deps.backupIntervalMs,
          epochs: heads.map(({ epoch, through, link, openedThrough, state }) => ({
            ...{ epoch: toHex(epoch), through, link: toHex(link), openedThrough, state },
          })),
        };
      },
    );
    app.post(
      '/v1/epochs',
      { schema: { tags: ['station'], body: EpochRequest } },
      async (request, reply) => {
        const { station } = callerOf(request);
        const { epoch, previous, proof, first, reason } = request.body;
        const claim = {
          ...{ region: station.region, station: station.station, first, reason },
          ...{ epoch: bytesOf(epoch), previous: bytesOf(previous) },
        };
        const { signingKey } = station;
        if (signingKey === null || !isSigned(epochProofBytes(claim), bytesOf(proof), signingKey)) {
          return refuse(reply, 403, 'epoch.proof', "expected a proof by the station's signing key");
        }
        const outcome = await deps.ingest.announce(claim);
        deps.telemetry.done('epoch', { station: station.station, outcome, reason });
        if (outcome !== 'conflict') {
          return reply.code(outcome === 'announced' ? 201 : 200).send({});
        }
        const message =
          'this epoch was announced otherwise before, or there are too many: begin another one';
        return refuse(reply, 409, 'epoch.conflict', message);
      },
    );
  };
}

async function answerSegment(
  { ingest, signer, admission, clock, telemetry }: JournalDeps,
  reply: FastifyReply,
  region: string,
  outcome: SegmentOutcome,
): Promise<FastifyReply> {
  telemetry.segment(outcome.kind === 'refused' ? outcome.code : outcome.kind);
  if (outcome.kind === 'busy') {
    reply.header('retry-after', String(outcome.retryAfterS));
    return refuse(reply, 503, 'busy.ingest', 'come again after Retry-After; nothing was kept');
  }
  if (outcome.kind === 'refused') {
    return refuse(reply, STATUS[outcome.code], outcome.code, outcome.message);
  }
  const atMs = clock.wallMs();
  const body = encodeReceipt({ ...outcome.receipt, hub: ingest.hub, atMs });
  const receipt = Buffer.from(await signer.sign(region, 'receipt', body)).toString('base64url');
  const credit = Math.min(outcome.credit, admission.credit());
  return reply.code(outcome.kind === 'stored' ? 201 : 200).send({ receipt, credit });
}

function knownOf({ region, station, signingKey }: Station, keys: VerifyingKeys): KnownStation {
  if (signingKey === null) throw new Error('an active station has a signing key');
  return { region, station, verifyingKey: keys.of(signingKey) };
}

/** The schema has seen to it that it is hexadecimal. */
function bytesOf(hex: string): Uint8Array {
  return fromHex(hex) ?? new Uint8Array(0);
}
