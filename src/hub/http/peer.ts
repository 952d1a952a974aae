import type { KeyObject, X509Certificate } from 'node:crypto';
import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import { DAY_MS } from '../../kernel/calendar.ts';
import type { Authorities } from '../authority/authorities.ts';
import { EARLY_MS } from '../authority/authority.ts';
import type { Station, StationCertificate, StationStore } from '../stations/station-store.ts';

/** Security E5: for so long after its end a certificate may still renew itself. */
const RENEWAL_GRACE_MS = 45 * DAY_MS;

/** Times in certificates are whole seconds, cut off. */
const X509_STEP_MS = 1_000;

/** What one connection has shown; the same for all its requests. */
type Shown = {
  readonly serial: string;
  readonly station: string;
  readonly region: string;
  readonly notBeforeMs: number;
  readonly notAfterMs: number;
  readonly publicKey: KeyObject;
  /** Asked for every request: an authority may leave the list while the connection stands. */
  readonly isOurs: () => boolean;
};

export type PeerRefusal = {
  readonly code: 'station.certificate' | 'station.expired' | 'station.revoked';
  readonly message: string;
};
export type Peer = { readonly station: Station; readonly publicKey: KeyObject };

/** What a hub that was restored from a backup does about certificates that it has forgotten. */
export type RestoredHub = {
  /** What it knows is from before this instant. */
  readonly toMs: number;
  /** Written down, for operators to look at: it may be one whose station was revoked after the backup. */
  readonly adopted: (certificate: StationCertificate) => Promise<void>;
};

/** Judges who is at the other end (docs/protocol.md, "The line"): anew at every request. */
export class Peers {
  readonly #authorities: Authorities;
  readonly #stations: StationStore;
  readonly #restored: RestoredHub | null;
  readonly #shown = new WeakMap<Socket, Shown | null>();

  /** `restored`: null for a hub that never was. */
  constructor(authorities: Authorities, stations: StationStore, restored: RestoredHub | null) {
    this.#authorities = authorities;
    this.#stations = stations;
    this.#restored = restored;
  }

  async judge(socket: Socket, nowMs: number, renewing: boolean): Promise<Peer | PeerRefusal> {
    const shown = this.#shownBy(socket);
    if (shown === null || nowMs < shown.notBeforeMs || !shown.isOurs()) {
      return {
        code: 'station.certificate',
        message:
          'expected a certificate that this hub issued to a station, came none or another: enrol the station',
      };
    }
    const endMs = shown.notAfterMs + (renewing ? RENEWAL_GRACE_MS : 0);
    if (nowMs >= endMs) {
      return {
        code: 'station.expired',
        message:
          'the certificate has ended: within 45 days it may only be renewed (POST /v1/renewals), later enrol the station again',
      };
    }
    const station = await this.#holderOf(shown);
    const same = station?.station === shown.station && station.region === shown.region;
    if (station === null || !same || station.state !== 'active') {
      return {
        code: 'station.revoked',
        message: 'the certificate is revoked: ask the hub, and enrol the station again',
      };
    }
    return { station, publicKey: shown.publicKey };
  }

  /** A certificate that was renewed after the backup is unknown here, and still ours: its station would be shut out for good. */
  async #holderOf(shown: Shown): Promise<Station | null> {
    const { serial, station, notBeforeMs, notAfterMs } = shown;
    const holder = await this.#stations.bySerial(serial);
    const issuedMs = notBeforeMs + EARLY_MS;
    if (holder !== null || this.#restored === null) return holder;
    if (issuedMs + X509_STEP_MS <= this.#restored.toMs) return null;
    const certificate = { serial, station, notAfterMs };
    if (await this.#stations.adoptCertificate(certificate, issuedMs)) {
      await this.#restored.adopted(certificate);
    }
    return this.#stations.bySerial(serial);
  }

  #shownBy(socket: Socket): Shown | null {
    const known = this.#shown.get(socket);
    if (known !== undefined) return known;
    const shown = socket instanceof TLSSocket ? this.#read(socket) : null;
    this.#shown.set(socket, shown);
    return shown;
  }

  #read(socket: TLSSocket): Shown | null {
    const certificate = socket.getPeerX509Certificate();
    if (certificate === undefined) return null;
    // O and CN as we set them, in this order; a certificate that we signed has nothing else in its name.
    const [, region, station] = /^O=([a-z0-9-]+)\nCN=([a-z0-9-]+)$/.exec(certificate.subject) ?? [];
    if (region === undefined || station === undefined) return null;
    return {
      ...{ serial: certificate.serialNumber, region, station, publicKey: certificate.publicKey },
      notBeforeMs: Date.parse(certificate.validFrom),
      notAfterMs: Date.parse(certificate.validTo),
      isOurs: onceARevision(this.#authorities, certificate),
    };
  }
}

function onceARevision(authorities: Authorities, certificate: X509Certificate): () => boolean {
  let judged = { revision: -1, ours: false };
  return () => {
    const { revision } = authorities;
    if (judged.revision !== revision) {
      judged = { revision, ours: !certificate.ca && authorities.signed(certificate) };
    }
    return judged.ours;
  };
}
