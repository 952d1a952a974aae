import { Value } from 'typebox/value';
import { InputError } from '../kernel/errors.ts';
import { type Policy, PolicySchema, type StationConfig } from './config-schema.ts';
import { shapeProblems } from './toml-config.ts';

/** Of the local file; a signed policy brings its own. */
const LOCAL_POLICY_VERSION = 0;
const HOUR_MS = 3_600_000;

/** What a hub's signed policy says. Throws InputError, which names every wrong key, when it is no policy. */
export function parseSignedPolicy(json: string): Policy {
  let value: unknown;
  try {
    value = Value.Default(PolicySchema, JSON.parse(json));
  } catch {
    throw new InputError('policy: expected JSON');
  }
  if (Value.Check(PolicySchema, value)) return value;
  throw new InputError(
    `policy: expected the keys of the configuration's [policy], and no others: ${shapeProblems(PolicySchema, value).join('; ')}`,
  );
}

/**
 * The hub's policy with what the local file itself makes stricter, never laxer (docs/protocol.md): registers of both, a chip when either
 * asks for it, of ages and of the joining time the smaller, of the other durations the larger.
 */
export function tightened(signed: Policy, local: Partial<Policy>): Policy {
  return {
    registers: [...new Set([...signed.registers, ...(local.registers ?? [])])],
    requireChip: signed.requireChip || local.requireChip === true,
    joinS: Math.min(signed.joinS, local.joinS ?? signed.joinS),
    repeatS: Math.max(signed.repeatS, local.repeatS ?? signed.repeatS),
    ageingH: merged(signed.ageingH, local.ageingH ?? {}, Math.min),
    expiredH: merged(signed.expiredH, local.expiredH ?? {}, Math.min),
    defaultDays: merged(signed.defaultDays, local.defaultDays ?? {}, Math.max),
  };
}

function merged(
  one: Readonly<Record<string, number>>,
  other: Readonly<Record<string, number>>,
  choose: (a: number, b: number) => number,
): Record<string, number> {
  const names = new Set([...Object.keys(one), ...Object.keys(other)]);
  return Object.fromEntries(
    [...names].map((name) => {
      const a = one[name] ?? other[name] ?? 0;
      return [name, choose(a, other[name] ?? a)];
    }),
  );
}

/** The policy that holds now, in the shapes that lanes ask for; they read it anew every time. */
export class LivePolicy {
  readonly #local: Partial<Policy>;
  #now: Policy;
  #version = LOCAL_POLICY_VERSION;

  constructor({ policy, policyGiven }: Pick<StationConfig, 'policy' | 'policyGiven'>) {
    this.#local = policyGiven;
    this.#now = policy;
  }

  /** `json` was parsed when its statement was believed. */
  take(version: number, json: string): void {
    this.#now = tightened(parseSignedPolicy(json), this.#local);
    this.#version = version;
  }

  get version(): number {
    return this.#version;
  }

  get registers(): readonly string[] {
    return this.#now.registers;
  }

  get requireChip(): boolean {
    return this.#now.requireChip;
  }

  get joinMs(): number {
    return this.#now.joinS * 1_000;
  }

  get repeatMs(): number {
    return this.#now.repeatS * 1_000;
  }

  /** By register. */
  limits(): Readonly<Record<string, { readonly ageingMs: number; readonly expiredMs: number }>> {
    const { registers, ageingH, expiredH } = this.#now;
    return Object.fromEntries(
      registers.map((register) => [
        register,
        {
          ageingMs: (ageingH[register] ?? 0) * HOUR_MS,
          expiredMs: (expiredH[register] ?? 0) * HOUR_MS,
        },
      ]),
    );
  }
}
