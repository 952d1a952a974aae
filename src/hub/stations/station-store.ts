/** `invited`: named, never enrolled. `revoked`: nothing it shows is good until it enrols anew. */
export type StationState = 'invited' | 'active' | 'revoked';

export type TokenState = {
  /** SHA-256 of the token last given and of the one before. */
  readonly current: Uint8Array | null;
  readonly previous: Uint8Array | null;
  readonly givenMs: number;
};

export type Station = {
  readonly station: string;
  readonly region: string;
  readonly name: string;
  readonly state: StationState;
  /** Raw public keys of `station.ed25519` and `station.x25519`; null until enrolled. */
  readonly signingKey: Uint8Array | null;
  readonly sealingKey: Uint8Array | null;
  readonly addedMs: number;
  readonly enrolledMs: number | null;
  readonly token: TokenState;
  /** An older token was shown: somebody uses a copy of this station. */
  readonly copied: boolean;
  /** Last report as it came (docs/protocol.md), and when. */
  readonly report: string | null;
  readonly reportMs: number | null;
};

export type StationCertificate = {
  readonly serial: string;
  readonly station: string;
  readonly notAfterMs: number;
};

/** `used`: the right secret, a second time. `wrong` took one of the tries. */
export type CodeOutcome = 'taken' | 'used' | 'wrong' | 'none';

export type Enrolment = {
  readonly station: string;
  readonly signingKey: Uint8Array;
  readonly sealingKey: Uint8Array;
  readonly tokenHash: Uint8Array;
  readonly certificate: StationCertificate;
  readonly atMs: number;
};

/** Stations, their certificates, codes and tokens. What a promise resolved for is durable. */
export interface StationStore {
  add(
    station: Pick<Station, 'station' | 'region' | 'name' | 'addedMs'>,
  ): Promise<'added' | 'known'>;
  get(station: string): Promise<Station | null>;
  /** Of one region, or of all; by id. */
  list(region: string | null): Promise<readonly Station[]>;
  /** Whose certificate it is, unless its serial is revoked or unknown. */
  bySerial(serial: string): Promise<Station | null>;

  /** A new code for the station; earlier ones that were not used are void. */
  invite(code: InvitedCode): Promise<void>;
  /** One step, so that of two who come with one code one gets it. */
  takeCode(station: string, secretHash: Uint8Array, nowMs: number): Promise<CodeOutcome>;
  /** Keys, certificate and token take the place of all before; earlier certificates are revoked. */
  enrol(enrolment: Enrolment): Promise<void>;
  addCertificate(certificate: StationCertificate): Promise<void>;
  /**
   * For a hub that was restored and has forgotten a certificate: added when its serial is not there, the station is active, and it
   * was issued since the station enrolled. Whether it was.
   */
  adoptCertificate(certificate: StationCertificate, issuedMs: number): Promise<boolean>;
  /** The station and all its certificates and open codes. False when it is not known. */
  revoke(station: string, atMs: number): Promise<boolean>;

  /** Only while `expected` is still the current one (null: whatever it is). */
  giveToken(station: string, token: TokenState, expected: Uint8Array | null): Promise<boolean>;
  setCopied(station: string, copied: boolean): Promise<void>;
  saveReport(station: string, report: string, atMs: number): Promise<void>;
}

export type InvitedCode = {
  readonly station: string;
  readonly secretHash: Uint8Array;
  readonly expiresMs: number;
};

export const CODE_TRIES_MAX = 5;
