import type { ServerResponse } from 'node:http';
import type { FastifyReply } from 'fastify';

const CLIENTS_MAX = 64;
/** A page that reads so slowly is gone or hostile; it will connect again and get what is on the screen then. */
const BACKLOG_BYTES_MAX = 512 * 1024;

export type ServerSentEvent = {
  readonly event: string;
  readonly id?: string;
  readonly data: unknown;
};

/** Open server-sent-event responses of one kind, with bounds. */
export class EventStreams {
  readonly #clients = new Set<ServerResponse>();

  /** Takes the response over and sends `first`; false (and nothing taken) when too many are open. */
  open(reply: FastifyReply, first: readonly ServerSentEvent[]): boolean {
    if (this.#clients.size >= CLIENTS_MAX) return false;
    const headers = { ...reply.getHeaders(), 'content-type': 'text/event-stream; charset=utf-8' };
    reply.hijack();
    const response = reply.raw;
    response.writeHead(200, headers as Record<string, string>);
    response.write('retry: 1000\n\n');
    this.#clients.add(response);
    response.on('close', () => this.#clients.delete(response));
    response.on('error', () => this.#clients.delete(response));
    for (const event of first) this.#write(response, frameOf(event));
    return true;
  }

  send(event: ServerSentEvent): void {
    if (this.#clients.size === 0) return;
    const frame = frameOf(event);
    for (const client of this.#clients) this.#write(client, frame);
  }

  get size(): number {
    return this.#clients.size;
  }

  close(): void {
    for (const client of this.#clients) client.destroy();
    this.#clients.clear();
  }

  #write(client: ServerResponse, frame: string): void {
    client.write(frame);
    if (client.writableLength <= BACKLOG_BYTES_MAX) return;
    this.#clients.delete(client);
    client.destroy();
  }
}

function frameOf({ event, id, data }: ServerSentEvent): string {
  const idLine = id === undefined ? '' : `id: ${id}\n`;
  // JSON has no raw line ends, so one data line is enough whatever a code held.
  return `event: ${event}\n${idLine}data: ${JSON.stringify(data)}\n\n`;
}
