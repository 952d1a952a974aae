import { weierstrass } from '@noble/curves/abstract/weierstrass.js';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { CURVE_PARAMETERS } from './curve-parameters.ts';
import { multiplyPoint } from './point-multiplication.ts';

test.each(CURVE_PARAMETERS.map((curve) => [curve.name, curve] as const))(
  '%s: any multiple of any point, as another library has it',
  (_name, curve) => {
    const { BASE } = weierstrass({ ...curve, h: 1n });
    const factor = fc.oneof(
      fc.constantFrom(1n, 2n, curve.n - 2n, curve.n - 1n),
      fc.bigInt({ min: 1n, max: curve.n - 1n }),
    );
    fc.assert(
      fc.property(factor, factor, (of, times) => {
        const point = BASE.multiply(of);
        const product = multiplyPoint(curve, times, point.toBytes(false));
        expect(product).toEqual(point.multiply(times).toBytes(false));
      }),
      { numRuns: 12, seed: 5 },
    );
  },
);
