import { createHash, type KeyObject, randomBytes } from 'node:crypto';
import { fromHex } from '../../kernel/bytes.ts';
import { InputError } from '../../kernel/errors.ts';
import type { Clock } from '../../ports/clock.ts';
import { readCertificateRequest } from '../../sync/protocol/certificate-request.ts';
import { formatEnrolmentCode, secretFrom } from '../../sync/protocol/enrolment-code.ts';
import { ID } from '../../sync/protocol/ids.ts';
import { enrolmentProofBytes, renewalProofBytes } from '../../sync/protocol/proofs.ts';
import { isSigned } from '../../sync/protocol/statement.ts';
import type { EnrolmentRequest, RenewalRequest } from '../../sync/protocol/wire.ts';
import { type Authority, issueStationCertificate } from '../authority/authority.ts';
import type { RaiseIncident } from '../ingest-port.ts';
import type { HubStore } from '../store/hub-store.ts';
import type { Station, StationStore } from './station-store.ts';
import { newToken, tokenHash } from './token.ts';

/** Security E4. */
export const CODE_MS = 15 * 60_000;
const SECRET_BYTES = 10;
const NAME_CHARS_MAX = 60;

export type Refusal = { readonly kind: 'refused'; readonly code: string; readonly message: string };
export type Enrolled =
  | {
      readonly kind: 'enrolled';
      readonly certificate: string;
      readonly token: string;
      readonly region: string;
    }
  | Refusal;

type Deps = {
  readonly store: HubStore;
  readonly clock: Clock;
  /** Signs stations' certificates: the newest authority. */
  readonly authority: () => Authority;
  readonly raise: RaiseIncident;
};

/** Adds, enrols, renews and revokes stations (security E4, E5). */
export class StationDesk {
  readonly #deps: Deps;
  readonly #stations: StationStore;

  constructor(deps: Deps) {
    this.#deps = deps;
    this.#stations = deps.store.stations;
  }

  /** A code for a station that is new, or is to enrol again. Printed once: only its hash is kept. Throws InputError. */
  async invite(
    asked: { readonly region: string; readonly station: string; readonly name: string },
    /** SHA-256 of the authority that the hub's TLS certificate leads to. */
    authorityHash: Uint8Array,
  ): Promise<string> {
    const { station, region, name } = asked;
    const addedMs = this.#deps.clock.wallMs();
    if (!ID.test(station)) throw new InputError('station: expected an id of a-z, 0-9 and -');
    if (name.length === 0 || name.length > NAME_CHARS_MAX) {
      throw new InputError(`name: expected 1 to ${NAME_CHARS_MAX} characters`);
    }
    if (!(await this.#deps.store.regions()).some((each) => each.region === region)) {
      throw new InputError(`region ${region} is not one of this hub's`);
    }
    await this.#stations.add({ station, region, name, addedMs });
    const known = await this.#stations.get(station);
    if (known?.region !== region) {
      throw new InputError(`station ${station} belongs to another region: choose another id`);
    }
    const secret = secretFrom(randomBytes(SECRET_BYTES));
    const expiresMs = addedMs + CODE_MS;
    await this.#stations.invite({ station, secretHash: secretHash(secret), expiresMs });
    return formatEnrolmentCode({ station, authorityHash, secret });
  }

  async enrol(request: EnrolmentRequest): Promise<Enrolled> {
    const { station, secret } = request;
    const signingKey = bytesOf(request.signingKey);
    const sealingKey = bytesOf(request.sealingKey);
    const asked = readCertificateRequest(request.csr);
    const claim = { station, secret, requestHash: asked.hash, signingKey, sealingKey };
    if (!isSigned(enrolmentProofBytes(claim), bytesOf(request.proof), signingKey)) {
      return refused('enrolment.proof', 'expected a proof signed by the signing key it brings');
    }
    const atMs = this.#deps.clock.wallMs();
    const outcome = await this.#stations.takeCode(station, secretHash(secret), atMs);
    if (outcome === 'used') {
      this.#deps.raise({ atMs, station, code: 'enrolment.reused', detail: {} });
    }
    const known = await this.#stations.get(station);
    if (outcome !== 'taken' || known === null) {
      return refused(
        'enrolment.code',
        'the code is not good: it works once, within 15 minutes, for the station it names; ask the hub for a new one',
      );
    }
    const { region } = known;
    const issued = this.#issue(region, station, asked.publicKey, atMs);
    const token = newToken();
    await this.#stations.enrol({
      ...{ station, signingKey, sealingKey, tokenHash: tokenHash(token), atMs },
      certificate: { station, serial: issued.serial, notAfterMs: issued.notAfterMs },
    });
    return { kind: 'enrolled', certificate: issued.pem, token, region };
  }

  /** `shown`: the key of the certificate that the request came with; the new one must be another. */
  async renew(
    station: Station,
    shown: KeyObject,
    request: RenewalRequest,
  ): Promise<{ readonly kind: 'renewed'; readonly certificate: string } | Refusal> {
    const asked = readCertificateRequest(request.csr);
    if (asked.publicKey.equals(shown)) {
      return refused('renewal.key', 'expected a request with a new key, came the one in use');
    }
    const bytes = renewalProofBytes(station.region, station.station, asked.hash);
    const { signingKey } = station;
    if (signingKey === null || !isSigned(bytes, bytesOf(request.proof), signingKey)) {
      return refused('renewal.proof', "expected a proof signed by the station's signing key");
    }
    const atMs = this.#deps.clock.wallMs();
    const issued = this.#issue(station.region, station.station, asked.publicKey, atMs);
    const { serial, notAfterMs } = issued;
    await this.#stations.addCertificate({ serial, station: station.station, notAfterMs });
    return { kind: 'renewed', certificate: issued.pem };
  }

  #issue(region: string, station: string, publicKey: KeyObject, atMs: number) {
    return issueStationCertificate(this.#deps.authority(), { region, station, publicKey }, atMs);
  }
}

function secretHash(secret: string): Uint8Array {
  return createHash('sha256').update(secret).digest();
}

/** The schema has seen to it that it is hexadecimal. */
function bytesOf(hex: string): Uint8Array {
  return fromHex(hex) ?? new Uint8Array(0);
}

function refused(code: string, message: string): Refusal {
  return { kind: 'refused', code, message };
}
