import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { StationPort } from './lane-port.ts';
import { HealthShape } from './shapes.ts';

/** What `chot doctor` and monitors ask: every device and list of every lane, and since when; nothing about people. */
export function healthRoutes(station: StationPort): FastifyPluginAsyncTypebox {
  return async (app) => {
    app.get(
      '/api/v1/health',
      {
        config: { roles: ['staff', 'monitor'] },
        schema: { response: { 200: HealthShape } },
      },
      async () => ({
        station: station.id,
        software: station.software,
        demo: station.demo,
        ...codes(station),
        selfTest: station.selfTest(),
        boards: [...station.boards()],
        lanes: station.lanes.map((lane) => {
          const { id, name, direction, mode, devices, registers, journal, hub, time } = lane.view();
          return { id, name, direction, mode, devices, registers, journal, hub, time };
        }),
      }),
    );
  };
}

function codes(station: StationPort) {
  const { problems, warnings } = station.readiness();
  return { problems: [...problems], warnings: [...warnings] };
}
