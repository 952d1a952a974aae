import type { FastifyError, FastifyInstance, FastifyReply } from 'fastify';
import { InputError } from '../../kernel/errors.ts';
import { storageFault } from '../../kernel/storage-fault.ts';
import type { HubTelemetry } from '../hub-telemetry.ts';

/** One shape for every answer that is not 2xx or 304. Nothing that came is repeated: it may be somebody's number. */
export function refuse(
  reply: FastifyReply,
  status: number,
  code: string,
  message: string,
): FastifyReply {
  return reply.code(status).send({ code, message });
}

/** Somebody has to make room or mend it; until then the less is asked of it the better. */
const DISK_RETRY_S = 5;

const CODES: Readonly<Record<number, string>> = {
  400: 'http.malformed',
  408: 'http.slow',
  413: 'http.too-long',
  415: 'http.type',
};

export function installErrorAnswers(app: FastifyInstance, telemetry: HubTelemetry): void {
  app.setNotFoundHandler((_request, reply) =>
    refuse(reply, 404, 'http.unknown', 'nothing here: see /openapi.json'),
  );
  app.setErrorHandler((error: FastifyError, _request, reply) => {
    if (error instanceof InputError) return refuse(reply, 422, 'http.input', error.message);
    // Whoever asked is gone in the middle of it: a line was cut, and nobody hears an answer.
    if (error.code === 'ECONNRESET') return refuse(reply, 400, 'http.cut', 'the request broke off');
    const fault = error.statusCode === undefined ? storageFault(error) : null;
    if (fault !== null) {
      telemetry.disk(fault.kind);
      reply.header('retry-after', String(DISK_RETRY_S));
      const message =
        'the hub cannot write to its disk: nothing was kept, come again after Retry-After';
      return refuse(reply, 503, 'busy.disk', message);
    }
    const status = error.statusCode ?? 500;
    if (status >= 500) {
      telemetry.bug('http', error);
      return refuse(reply, 500, 'http.fault', 'the hub made a mistake; it is in its log');
    }
    // Of a body that is refused the rest still comes.
    if (status === 413) reply.header('connection', 'close');
    return refuse(reply, status, CODES[status] ?? `http.${status}`, textOf(error));
  });
}

function textOf(error: FastifyError): string {
  const [first] = error.validation ?? [];
  if (error.code === 'FST_ERR_CTP_INVALID_MEDIA_TYPE') {
    return 'expected another Content-Type: application/json, or what /openapi.json says of this address';
  }
  if (first === undefined) return `the request cannot be read (${error.code}): see /openapi.json`;
  const where = `${error.validationContext ?? 'request'}${first.instancePath}`;
  const { allowedValues } = first.params;
  const choices = Array.isArray(allowedValues) ? ` (${allowedValues.join(', ')})` : '';
  return `${where.slice(0, 200)} ${first.message ?? 'is wrong'}${choices}: see /openapi.json`;
}
