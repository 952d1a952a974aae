import { expect, test } from 'vitest';
import { Judge, parseHeard } from './verdict.ts';

const EPOCH = 'ab'.repeat(16);
const place = { station: 'cua-1', epoch: EPOCH };

/** Ten records in two transactions of one life; `sequences` of them are held, in this order. */
function judged(sequences: readonly number[], changed: Readonly<Record<number, number>> = {}) {
  const judge = new Judge();
  judge.heard({ ...place, first: 1, records: 4, from: { life: 1, count: 0 } });
  judge.heard({ ...place, first: 5, records: 6, from: { life: 1, count: 4 } });
  for (const sequence of sequences) {
    const count = changed[sequence] ?? sequence - 1;
    judge.held({ ...place, sequence, mark: { life: 1, count } });
  }
  return judge.verdict();
}

const upTo = (last: number) => Array.from({ length: last }, (_, index) => index + 1);

test('what was heard and is held, in whatever order it came, is as it should be', () => {
  const whole = { acknowledged: 10, held: 10, unheard: 0, problems: [], problemCount: 0 };
  expect(judged(upTo(10))).toEqual(whole);
  expect(judged(upTo(10).reverse())).toEqual(whole);
});

test('a transaction that a kill cut off from its answer is counted and no problem', () => {
  expect(judged(upTo(12))).toMatchObject({ held: 12, unheard: 2, problemCount: 0 });
});

test('what is lost, twice, another, out of order or without a cause is named', () => {
  expect(judged(upTo(9)).problems).toEqual([`cua-1 ${EPOCH} 10: lost`]);
  expect(judged(upTo(10).filter((sequence) => sequence !== 5)).problems).toEqual([
    `cua-1 ${EPOCH} 5: lost`,
  ]);
  expect(judged([...upTo(10), 3]).problems).toEqual(['cua-1 3: held twice']);
  expect(judged(upTo(10), { 6: 700 }).problems).toContain(
    `cua-1 ${EPOCH} 6: another record than heard`,
  );
  expect(judged(upTo(10), { 7: 5 }).problems).toContain(
    `cua-1 ${EPOCH} 7: out of order, or held twice`,
  );
  expect(judged([...upTo(10), 11], { 11: 200 }).problems).toEqual([
    `cua-1 ${EPOCH} 11: unheard, and not what a kill cut off`,
  ]);
  expect(judged([...upTo(10), 12]).problems).toEqual([`cua-1 ${EPOCH} 11: a gap`]);
});

test('another epoch, and a place that was acknowledged twice, are named', () => {
  const judge = new Judge();
  judge.heard({ ...place, first: 1, records: 1, from: { life: 1, count: 0 } });
  judge.heard({ ...place, first: 1, records: 1, from: { life: 2, count: 0 } });
  judge.heard({
    ...place,
    epoch: 'cd'.repeat(16),
    first: 2,
    records: 1,
    from: { life: 2, count: 1 },
  });
  const { problems } = judge.verdict();
  expect(problems).toContain('cua-1 1: acknowledged twice, as different records');
  expect(problems).toContain('cua-1: 2 epochs without a cause');
});

test('a line of the oracle is read, and what is none is refused', () => {
  expect(parseHeard(`cua-1 ${EPOCH} 5 6 1 4`)).toEqual({
    ...{ ...place, first: 5, records: 6, from: { life: 1, count: 4 } },
  });
  for (const line of ['', 'end', `cua-1 ${EPOCH} 5 6 1`, `cua-1 ${EPOCH} 5 6 1 4 7`]) {
    expect(() => parseHeard(line)).toThrow('the oracle wrote');
  }
});
