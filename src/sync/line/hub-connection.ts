import { X509Certificate } from 'node:crypto';
import { connect, type DetailedPeerCertificate, type TLSSocket } from 'node:tls';
import type { TimeInterval } from '../../kernel/time-interval.ts';
import { type ClientIdentity, judgeHub, type TrustedAuthorities } from './hub-identity.ts';

const CHAIN_MAX = 4;

export type ConnectOptions = {
  readonly host: string;
  readonly port: number;
  readonly trusted: TrustedAuthorities;
  readonly identity: ClientIdentity | null;
  readonly time: () => TimeInterval;
};

export type HubConnection = {
  readonly socket: TLSSocket;
  /** The CA that the hub's certificate leads to. */
  readonly authority: X509Certificate;
};

/** A TLS 1.3 connection to a hub that has proved to be the one: nothing is sent before. Rejects with NotTheHub or what the network says. */
export function connectHub(options: ConnectOptions, signal: AbortSignal): Promise<HubConnection> {
  const { host, port, trusted, identity, time } = options;
  return new Promise((resolve, reject) => {
    const socket = connect({
      ...{ host, port, minVersion: 'TLSv1.3', ALPNProtocols: ['http/1.1'] },
      ...(/^[0-9.:]+$/.test(host) ? {} : { servername: host }),
      ...(identity === null
        ? {}
        : {
            cert: identity.certificatePem,
            key: identity.key.export({ type: 'pkcs8', format: 'pem' }) as string,
          }),
      // Judged by judgeHub before the socket is given to anybody.
      rejectUnauthorized: false,
    });
    const end = (error: Error) => {
      signal.removeEventListener('abort', abort);
      socket.destroy();
      reject(error);
    };
    const abort = () => end(new DOMException('the connection was given up', 'AbortError'));
    signal.addEventListener('abort', abort, { once: true });
    socket.once('error', end);
    socket.once('close', () => end(new Error('the connection ended before it was secure')));
    socket.once('secureConnect', () => {
      try {
        const authority = judgeHub(chainOf(socket), trusted, host, time());
        signal.removeEventListener('abort', abort);
        socket.removeAllListeners('close');
        socket.removeListener('error', end);
        // Between two requests nobody else listens, and an error without a listener ends the process.
        socket.on('error', () => {});
        resolve({ socket, authority });
      } catch (error) {
        end(error as Error);
      }
    });
    if (signal.aborted) abort();
  });
}

function chainOf(socket: TLSSocket): X509Certificate[] {
  const chain: X509Certificate[] = [];
  let at: DetailedPeerCertificate | undefined = socket.getPeerCertificate(true);
  while (at?.raw !== undefined && chain.length < CHAIN_MAX) {
    chain.push(new X509Certificate(at.raw));
    // A self-signed certificate is its own issuer.
    at = at.issuerCertificate === at ? undefined : at.issuerCertificate;
  }
  return chain;
}
