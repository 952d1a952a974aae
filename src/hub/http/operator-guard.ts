import { createHash } from 'node:crypto';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Clock } from '../../ports/clock.ts';
import {
  OPERATOR_ROLES,
  type Operator,
  type OperatorRole,
  type OperatorStore,
} from '../operators/operator-store.ts';
import { refuse } from './error-answers.ts';

/** Why somebody reads a person's data. */
export const PURPOSES = [
  'case',
  'contact-tracing',
  'complaint',
  'subject-request',
  'court-order',
  'supervision',
  'export',
] as const;
export type Purpose = (typeof PURPOSES)[number];

export const PURPOSE_HEADER = 'chot-purpose';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** The least role that may call the route. */
    readonly operator?: OperatorRole;
    /** A person's data is read: with a purpose, and audited. */
    readonly personal?: boolean;
  }
  interface FastifyRequest {
    operator: Operator | null;
    purpose: Purpose | null;
  }
}

type Deps = { readonly operators: OperatorStore; readonly clock: Clock };

/** Before every operator's call: a Bearer token, a role, and a purpose where a person's data is read. */
export function installOperatorGuard(app: FastifyInstance, { operators }: Deps): void {
  app.decorateRequest('operator', null);
  app.decorateRequest('purpose', null);
  app.addHook('onRequest', async (request, reply) => {
    reply.header('cache-control', 'no-store').header('x-content-type-options', 'nosniff');
    const operator = await operatorOf(request, operators);
    if (operator === null) {
      const message = "expected Authorization: Bearer with a token of 'chot hub operator add'";
      return refuse(reply, 401, 'operator.token', message);
    }
    const { operator: least = 'admin', personal = false } = request.routeOptions.config;
    if (OPERATOR_ROLES.indexOf(operator.role) < OPERATOR_ROLES.indexOf(least)) {
      const message = `expected an operator of role ${least} or above, came ${operator.role}`;
      return refuse(reply, 403, 'operator.role', message);
    }
    const purpose = PURPOSES.find((each) => each === request.headers[PURPOSE_HEADER]) ?? null;
    if (personal && purpose === null) {
      const message = `expected the header Chot-Purpose with one of ${PURPOSES.join(', ')}`;
      return refuse(reply, 400, 'operator.purpose', message);
    }
    request.operator = operator;
    request.purpose = purpose;
    return undefined;
  });
}

async function operatorOf(request: FastifyRequest, operators: OperatorStore) {
  const [, token] =
    /^Bearer ([A-Za-z0-9_-]{1,128})$/.exec(request.headers.authorization ?? '') ?? [];
  return token === undefined ? null : operators.byToken(operatorTokenHash(token));
}

/** Of 256 random bits: nothing slower than SHA-256 is called for. */
export function operatorTokenHash(token: string): Uint8Array {
  return createHash('sha256').update(token).digest();
}

/** Who calls, behind the guard. */
export function operatorOfRequest(request: FastifyRequest): string {
  if (request.operator === null) throw new Error('a route without the guard asks who calls');
  return request.operator.operator;
}

export type Audit = (
  request: FastifyRequest,
  action: string,
  detail: Readonly<Record<string, string | number>>,
) => Promise<void>;

/** Writes what an operator does or reads, before the answer is given. */
export function auditInto({ operators, clock }: Deps): Audit {
  return (request, action, detail) =>
    operators.record({
      ...{ atMs: clock.wallMs(), operator: operatorOfRequest(request), action, detail },
      purpose: request.purpose,
    });
}
