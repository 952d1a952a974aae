import { type Static, Type } from 'typebox';
import { Value } from 'typebox/value';
import { StorageFault } from '../../kernel/errors.ts';
import type { HeldManifest } from '../../registers/published/judge-manifest.ts';
import { decodeManifest, type Manifest } from '../../registers/published/manifest.ts';
import { type Kept, type KeptName, keptText } from '../kept.ts';
import { decodeMandate, type Mandate } from '../protocol/mandate.ts';
import { decodePolicy, type SignedPolicy } from '../protocol/policy.ts';
import { type RoleList, readRoles } from '../protocol/roles.ts';
import { readStatement } from '../protocol/statement.ts';
import type { HeldStatement } from './judge-statement.ts';

const HeldShape = Type.Object({
  version: Type.Integer({ minimum: 0 }),
  hash: Type.Union([Type.String({ pattern: '^[0-9a-f]{64}$' }), Type.Null()]),
  generation: Type.Integer({ minimum: 0 }),
});

/** `"m.r.p.d"` of the protocol, and the generation of the register key. */
export type Versions = {
  readonly manifest: number;
  readonly roles: number;
  readonly policy: number;
  readonly mandate: number;
  readonly generation: number;
};

/** The newest statements that were believed. They are kept where nobody else can write, so they are not verified again. */
export class HeldStatements {
  readonly #kept: Kept;
  #roles: HeldStatement<RoleList>;
  #policy: HeldStatement<SignedPolicy> | null;
  #mandate: HeldStatement<Mandate> | null;
  #manifest: Manifest | null;
  #heldManifest: HeldManifest | null;

  /** Throws StorageFault when there is no role list: then the station is not enrolled whole. */
  constructor(kept: Kept) {
    this.#kept = kept;
    const roles = this.#read('roles', readRoles);
    if (roles === null) {
      throw new StorageFault('damaged', 'no role list is kept: enrol again (chot enrol --again)');
    }
    this.#roles = roles;
    this.#policy = this.#read('policy', (bytes) => decodePolicy(readStatement(bytes).body));
    this.#mandate = this.#read('mandate', (bytes) => decodeMandate(readStatement(bytes).body));
    const manifest = this.#read('manifest', (bytes) => decodeManifest(readStatement(bytes).body));
    this.#manifest = manifest?.value ?? null;
    this.#heldManifest = heldOf(keptText(kept, 'held-manifest'));
  }

  get roles(): HeldStatement<RoleList> {
    return this.#roles;
  }

  get policy(): HeldStatement<SignedPolicy> | null {
    return this.#policy;
  }

  get mandate(): HeldStatement<Mandate> | null {
    return this.#mandate;
  }

  /** The newest one accepted, in place or on its way; null also after a ceiling took it back. */
  get manifest(): Manifest | null {
    return this.#manifest;
  }

  get heldManifest(): HeldManifest | null {
    return this.#heldManifest;
  }

  versions(): Versions {
    return {
      manifest: this.#heldManifest?.version ?? 0,
      roles: this.#roles.value.version,
      policy: this.#policy?.value.version ?? 0,
      mandate: this.#mandate?.value.version ?? 0,
      generation: this.#heldManifest?.generation ?? 0,
    };
  }

  /** With its ceiling, once (docs/protocol.md): a manifest version that was seen too high is lowered by the root alone. */
  takeRoles(value: RoleList, bytes: Uint8Array): void {
    const held = this.#heldManifest;
    const { manifestCeiling } = value;
    const isLowered = held !== null && manifestCeiling > 0 && held.version > manifestCeiling;
    const lowered = isLowered ? { ...held, version: manifestCeiling, hash: null } : held;
    this.#kept.put({
      roles: bytes,
      ...(isLowered ? { 'held-manifest': Buffer.from(JSON.stringify(lowered)) } : {}),
    });
    this.#roles = { value, bytes };
    this.#heldManifest = lowered;
  }

  takePolicy(value: SignedPolicy, bytes: Uint8Array): void {
    this.#kept.put({ policy: bytes });
    this.#policy = { value, bytes };
  }

  takeMandate(value: Mandate, bytes: Uint8Array): void {
    this.#kept.put({ mandate: bytes });
    this.#mandate = { value, bytes };
  }

  takeManifest(manifest: Manifest, hash: string, bytes: Uint8Array): void {
    const held = { version: manifest.version, hash, generation: manifest.generation };
    this.#kept.put({ manifest: bytes, 'held-manifest': Buffer.from(JSON.stringify(held)) });
    this.#manifest = manifest;
    this.#heldManifest = held;
  }

  #read<T>(name: KeptName, decode: (bytes: Uint8Array) => T): HeldStatement<T> | null {
    const bytes = this.#kept.get(name);
    return bytes === null ? null : { value: decode(bytes), bytes };
  }
}

function heldOf(text: string | null): HeldManifest | null {
  if (text === null) return null;
  const value: Static<typeof HeldShape> = Value.Parse(HeldShape, JSON.parse(text));
  return value;
}
