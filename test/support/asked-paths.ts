import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { IncomingMessage } from 'node:http';

const CHANNEL = 'http.server.request.start';

/** What is asked of servers in this process while `during` runs, in order: `GET /v1/heads`. */
export async function askedWhile(during: () => Promise<void>): Promise<readonly string[]> {
  const asked: string[] = [];
  const hear = (message: unknown) => {
    const { method, url } = (message as { readonly request: IncomingMessage }).request;
    asked.push(`${method} ${url}`);
  };
  subscribe(CHANNEL, hear);
  try {
    await during();
  } finally {
    unsubscribe(CHANNEL, hear);
  }
  return asked;
}
