import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { FastifyInstance } from 'fastify';
import type { Clock } from '../../ports/clock.ts';
import type { Signer } from '../authority/signer.ts';
import type { HubTelemetry } from '../hub-telemetry.ts';
import type { Ingest } from '../ingest-port.ts';
import type { Journals } from '../journals.ts';
import type { Publisher } from '../registers/publisher.ts';
import type { RegisterDesk } from '../registers/register-desk.ts';
import { setMandate, setPolicy } from '../statements-desk.ts';
import type { StationActions } from '../stations/station-actions.ts';
import type { HubStore } from '../store/hub-store.ts';
import { caseRoutes } from './case-routes.ts';
import { type Audit, auditInto, installOperatorGuard } from './operator-guard.ts';
import { MandateBody, Page, PolicyBody, Published, RegionParams } from './operator-shapes.ts';
import { passageRoutes } from './passage-routes.ts';
import { registerAdminRoutes } from './register-admin-routes.ts';
import { pageOf, stationAdminRoutes } from './station-admin-routes.ts';

export type OperatorDeps = {
  readonly store: HubStore;
  readonly ingest: Ingest;
  readonly journals: Journals;
  readonly actions: StationActions;
  readonly registerDesk: RegisterDesk;
  readonly publisher: Publisher;
  readonly signer: Signer;
  readonly clock: Clock;
  readonly telemetry: HubTelemetry;
  /** Ends the long polls of whoever waits for what has just changed. */
  readonly changed: () => Promise<void>;
};

/** The operators' interface, all of it behind one guard. */
export function operatorRoutes(deps: OperatorDeps) {
  const { store, clock, registerDesk: desk } = deps;
  return async (app: FastifyInstance) => {
    const audit = auditInto({ operators: store.operators, clock });
    installOperatorGuard(app, { operators: store.operators, clock });
    await app.register(stationAdminRoutes({ ...deps, audit }));
    await app.register(registerAdminRoutes({ ...deps, desk, audit }));
    await app.register(statementAdminRoutes(deps, audit));
    await app.register(passageRoutes({ ...deps, audit }));
    await app.register(caseRoutes({ ...deps, audit }));
    app.get('/metrics', { config: { operator: 'viewer' } }, async (_request, reply) => {
      const { registry } = deps.telemetry;
      return reply.type(registry.contentType).send(await registry.metrics());
    });
  };
}

function statementAdminRoutes(deps: OperatorDeps, audit: Audit) {
  return async (instance: FastifyInstance) => {
    const app = instance.withTypeProvider<TypeBoxTypeProvider>();
    const config = { operator: 'admin' } as const;
    const response = { 200: Published };
    app.put(
      '/api/v1/regions/:region/policy',
      { config, schema: { tags: ['policy'], params: RegionParams, body: PolicyBody, response } },
      async (request) => {
        const { region } = request.params;
        const version = await setPolicy(deps, region, request.body.policy, request.body.days);
        await audit(request, 'policy.set', { region, version });
        await deps.changed();
        return { version };
      },
    );
    app.put(
      '/api/v1/regions/:region/mandate',
      { config, schema: { tags: ['policy'], params: RegionParams, body: MandateBody, response } },
      async (request) => {
        const { region } = request.params;
        const version = await setMandate(deps, region, request.body);
        await audit(request, 'mandate.set', { region, version });
        await deps.changed();
        return { version };
      },
    );
    app.get(
      '/api/v1/audit',
      { config, schema: { tags: ['audit'], querystring: Page } },
      async (request) => ({ entries: await deps.store.operators.audit(pageOf(request.query)) }),
    );
  };
}
