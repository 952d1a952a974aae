import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { FastifyInstance } from 'fastify';
import { toHex } from '../../kernel/bytes.ts';
import type { Clock } from '../../ports/clock.ts';
import { decodeRoles, rootId } from '../../sync/protocol/roles.ts';
import { readStatement } from '../../sync/protocol/statement.ts';
import {
  EnrolmentAnswer,
  EnrolmentRequest,
  ErrorBody,
  RenewalAnswer,
  RenewalRequest,
} from '../../sync/protocol/wire.ts';
import type { Authorities } from '../authority/authorities.ts';
import type { HubTelemetry } from '../hub-telemetry.ts';
import type { StationDesk } from '../stations/station-desk.ts';
import type { HubStore } from '../store/hub-store.ts';
import { refuse } from './error-answers.ts';
import { callerOf } from './station-guard.ts';

type Deps = {
  readonly desk: StationDesk;
  readonly store: HubStore;
  readonly authorities: Authorities;
  readonly clock: Clock;
  readonly telemetry: HubTelemetry;
  /** When a station enrolled: whatever its former certificate holds open ends. */
  readonly enrolled: (station: string) => void;
};

/** The one call without a certificate. */
export function enrolmentRoutes({ desk, store, authorities, clock, telemetry, enrolled }: Deps) {
  return async (instance: FastifyInstance) => {
    const app = instance.withTypeProvider<TypeBoxTypeProvider>();
    const response = { 201: EnrolmentAnswer, '4xx': ErrorBody };
    app.post(
      '/v1/enrolments',
      { schema: { tags: ['station'], body: EnrolmentRequest, response } },
      async (request, reply) => {
        const outcome = await desk.enrol(request.body);
        if (outcome.kind === 'refused') {
          telemetry.refused(outcome.code, request.body.station);
          return refuse(reply, 403, outcome.code, outcome.message);
        }
        const { region, certificate, token } = outcome;
        const roles = await store.newest(region, 'roles');
        if (roles === null) throw new Error(`${region} has no role list`);
        enrolled(request.body.station);
        telemetry.done('enrolled', { station: request.body.station });
        return reply.code(201).send({
          ...{ certificate, region, token, root: toHex(signerOf(roles.bytes)) },
          authority: authorities.oldest(clock.wallMs()).pem,
          roles: Buffer.from(roles.bytes).toString('base64url'),
        });
      },
    );
  };
}

/** The root that signed a list: one that the list names, or it would not have been made. */
function signerOf(bytes: Uint8Array): Uint8Array {
  const { body, keyId } = readStatement(bytes);
  const root = decodeRoles(body).roots.find((each) => rootId(each) === keyId);
  if (root === undefined) throw new Error('the role list does not name the root that signed it');
  return root;
}

export function renewalRoutes({ desk, telemetry }: Pick<Deps, 'desk' | 'telemetry'>) {
  return async (instance: FastifyInstance) => {
    const app = instance.withTypeProvider<TypeBoxTypeProvider>();
    app.post(
      '/v1/renewals',
      {
        config: { renewing: true },
        schema: {
          ...{ tags: ['station'], body: RenewalRequest },
          response: { 201: RenewalAnswer, '4xx': ErrorBody },
        },
      },
      async (request, reply) => {
        const { station, publicKey } = callerOf(request);
        const outcome = await desk.renew(station, publicKey, request.body);
        if (outcome.kind === 'refused') {
          telemetry.refused(outcome.code, station.station);
          return refuse(reply, 403, outcome.code, outcome.message);
        }
        telemetry.done('renewed', { station: station.station });
        return reply.code(201).send({ certificate: outcome.certificate });
      },
    );
  };
}
