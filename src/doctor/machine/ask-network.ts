import { lookup } from 'node:dns/promises';
import { connect } from 'node:tls';
import { PcscHost, type PcscPicture } from '../../../devices/card-reader/pcsc-host.ts';
import type { Clock } from '../../ports/clock.ts';
import type { HttpAnswer, ReadersSeen } from '../machine.ts';

const HTTP_MS_MAX = 2_000;
const TEXT_CHARACTERS_MAX = 256 * 1024;
const TLS_MS_MAX = 3_000;
const READERS_MS_MAX = 3_000;
const RESOLVE_MS_MAX = 2_000;
const ADDRESSES_MAX = 8;
const HTTPS_PORT = 443;

export async function get(url: string, token: string | null): Promise<HttpAnswer | null> {
  try {
    const answer = await fetch(url, {
      headers: token === null ? {} : { authorization: `Bearer ${token}` },
      redirect: 'error',
      signal: AbortSignal.timeout(HTTP_MS_MAX),
    });
    const text = await answer.text();
    return text.length > TEXT_CHARACTERS_MAX ? null : { status: answer.status, text };
  } catch {
    return null;
  }
}

/** Nothing is sent and nobody is believed: only whether somebody speaks TLS there. */
export async function reachTls(url: string, clock: Clock): Promise<string | null> {
  const { hostname, port } = new URL(url);
  const host = hostname.replace(/^\[|\]$/g, '');
  const done = new AbortController();
  const socket = connect({
    ...{ host, port: port === '' ? HTTPS_PORT : Number(port), rejectUnauthorized: false },
    ...(/^[\d.:a-f]+$/i.test(host) ? {} : { servername: host }),
  });
  const answered = new Promise<string | null>((settle) => {
    socket.once('secureConnect', () => settle(null));
    socket.once('error', (error: NodeJS.ErrnoException) => settle(error.code ?? error.message));
  });
  const late = clock.sleep(TLS_MS_MAX, done.signal).then(() => 'late');
  return Promise.race([answered, late]).finally(() => {
    done.abort();
    socket.destroy();
  });
}

/** By this machine's own list and its name servers. */
export async function addressesOf(host: string, clock: Clock): Promise<readonly string[] | null> {
  const done = new AbortController();
  const found = lookup(host, { all: true }).then(
    (all) => all.slice(0, ADDRESSES_MAX).map(({ address }) => address),
    () => null,
  );
  const late = clock.sleep(RESOLVE_MS_MAX, done.signal).then(() => null);
  return Promise.race([found, late]).finally(() => done.abort());
}

/** Names of slots, as `chot card list` prints them. */
export async function listReaders(
  socketPath: string | null,
  clock: Clock,
  random: () => number,
): Promise<ReadersSeen> {
  const host = new PcscHost({ clock, random, ...(socketPath === null ? {} : { socketPath }) });
  const done = new AbortController();
  const first = new Promise<ReadersSeen>((settle) => {
    host.watch((picture) => {
      const seen = seenIn(picture);
      if (seen !== null) settle(seen);
    });
  });
  const late = clock.sleep(READERS_MS_MAX, done.signal).then((): ReadersSeen => 'late');
  try {
    return await Promise.race([first, late]);
  } finally {
    done.abort();
    await host.close();
  }
}

function seenIn(picture: PcscPicture): ReadersSeen | null {
  if (picture.kind === 'slots') return picture.slots.map(({ name }) => name);
  return picture.kind === 'unknown' ? null : 'service-down';
}
