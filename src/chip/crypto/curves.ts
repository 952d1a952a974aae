import { createECDH } from 'node:crypto';
import { invert, mod, pow } from '@noble/curves/abstract/modular.js';
import {
  type WeierstrassPoint,
  type WeierstrassPointCons,
  weierstrass,
} from '@noble/curves/abstract/weierstrass.js';
import { ProtocolError } from '../protocol-error.ts';
import { CURVE_PARAMETERS, type CurveParameters } from './curve-parameters.ts';
import { byteLength, type Group, toBytes, wrongElement } from './group.ts';
import { multiplyPoint } from './point-multiplication.ts';

type Point = WeierstrassPoint<bigint>;

/** What a file writes out where it does not name its curve (X9.62 ECParameters). */
export type ExplicitCurve = {
  readonly p: bigint;
  readonly a: bigint;
  readonly b: bigint;
  readonly generator: Uint8Array;
  readonly order: bigint;
  /** Null: not given. */
  readonly cofactor: bigint | null;
};

/** A curve of the list, and nothing but those: a point is 04 x y, checked to lie on it and not at infinity. */
export class Curve implements Group {
  readonly kind = 'ecdh';
  readonly name: string;
  readonly oid: string;
  readonly prime: bigint;
  readonly order: bigint;
  readonly #parameters: CurveParameters;
  readonly #fieldBytes: number;
  #made: WeierstrassPointCons<bigint> | null = null;

  constructor(parameters: CurveParameters) {
    this.#parameters = parameters;
    this.#fieldBytes = byteLength(parameters.p);
    this.name = parameters.name;
    this.oid = parameters.oid;
    this.prime = parameters.p;
    this.order = parameters.n;
  }

  publicKey(privateKey: bigint, generator: Uint8Array | null): Uint8Array {
    this.#checkFactor(privateKey);
    if (generator !== null) {
      this.#decode(generator);
      return multiplyPoint(this.#parameters, privateKey, generator);
    }
    const own = createECDH(this.#parameters.opensslName);
    own.setPrivateKey(toBytes(privateKey, byteLength(this.order)));
    return Uint8Array.from(own.getPublicKey());
  }

  agree(privateKey: bigint, theirs: Uint8Array): Uint8Array {
    return this.publicKey(privateKey, theirs).slice(1, 1 + this.#fieldBytes);
  }

  same(one: Uint8Array, other: Uint8Array): boolean {
    return this.#decode(one).equals(this.#decode(other));
  }

  mapGeneric(nonce: bigint, privateKey: bigint, theirs: Uint8Array): Uint8Array {
    const common = this.publicKey(privateKey, theirs);
    const factor = mod(nonce, this.order);
    if (factor === 0n) return common;
    return this.#encode(this.#decode(this.publicKey(factor, null)).add(this.#decode(common)));
  }

  /** 9303-11, appendix B.2, its letters kept. Throws for the one curve it does not exist for (p is 1 mod 4). */
  mapIntegrated(t: bigint): Uint8Array {
    const { p, a, b } = this.#parameters;
    if (p % 4n !== 3n) {
      throw new ProtocolError('group.unsupported', `${this.name}: no integrated mapping exists`);
    }
    const alpha = mod(-t * t, p);
    const sum = mod(alpha + alpha * alpha, p);
    const divisor = mod(a * sum, p);
    if (divisor === 0n) throw wrongElement(this.name, 'the nonces map to no point');
    const x2 = mod(-b * (1n + sum) * invert(divisor, p), p);
    const x3 = mod(alpha * x2, p);
    const h2 = mod(x2 ** 3n + a * x2 + b, p);
    const u = mod(t ** 3n * h2, p);
    const A = pow(h2, p - 1n - (p + 1n) / 4n, p);
    const isSquare = mod(A * A * h2, p) === 1n;
    return this.#encode(
      this.#point.fromAffine(isSquare ? { x: x2, y: mod(A * h2, p) } : { x: x3, y: mod(A * u, p) }),
    );
  }

  /** Whether these written-out parameters are this very curve: another generator is another curve. */
  is({ p, a, b, generator, order, cofactor }: ExplicitCurve): boolean {
    const own = this.#parameters;
    return (
      p === own.p &&
      mod(a, p) === own.a &&
      mod(b, p) === own.b &&
      order === own.n &&
      (cofactor === null || cofactor === 1n) &&
      this.#isGenerator(generator)
    );
  }

  check(point: Uint8Array): void {
    this.#decode(point);
  }

  #isGenerator(generator: Uint8Array): boolean {
    const base = this.#point.BASE;
    return [false, true].some((compressed) =>
      Buffer.from(base.toBytes(compressed)).equals(generator),
    );
  }

  get #point(): WeierstrassPointCons<bigint> {
    this.#made ??= weierstrass({ ...this.#parameters, h: 1n });
    return this.#made;
  }

  #checkFactor(factor: bigint): void {
    if (factor <= 0n || factor >= this.order) {
      throw wrongElement(this.name, 'a factor from 1 to order - 1 expected');
    }
  }

  #decode(bytes: Uint8Array): Point {
    const length = 1 + 2 * this.#fieldBytes;
    if (bytes.length !== length) {
      throw wrongElement(
        this.name,
        `an uncompressed point of ${length} bytes expected, came ${bytes.length} bytes`,
      );
    }
    try {
      return this.#point.fromBytes(Uint8Array.from(bytes));
    } catch (cause) {
      throw new ProtocolError('group.element', `${this.name}: no point of the curve`, { cause });
    }
  }

  #encode(point: Point): Uint8Array {
    if (point.is0()) throw wrongElement(this.name, 'the point at infinity');
    return point.toBytes(false);
  }
}

export const CURVES: readonly Curve[] = CURVE_PARAMETERS.map((parameters) => new Curve(parameters));

/** The listed curve of that object identifier, or null. */
export function findCurve(wanted: string): Curve | null {
  return CURVES.find(({ oid }) => oid === wanted) ?? null;
}

/** The listed curve that was written out, or null: parameters of nobody's list are not computed with. */
export function findExplicitCurve(explicit: ExplicitCurve): Curve | null {
  return CURVES.find((curve) => curve.is(explicit)) ?? null;
}
