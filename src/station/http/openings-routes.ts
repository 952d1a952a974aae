import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { StationPort } from './lane-port.ts';
import { OpeningsShape } from './openings-shape.ts';

/** What was opened without a passage, and whom staff let go against the rules, of each lane by shift (security A6). */
export function openingsRoutes(station: StationPort): FastifyPluginAsyncTypebox {
  return async (app) => {
    app.get('/api/v1/openings', { schema: { response: { 200: OpeningsShape } } }, async () => ({
      lanes: station.lanes.map((lane) => lane.openings()),
    }));
  };
}
