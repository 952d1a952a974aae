import { expect, test } from 'vitest';
import type { HubCalls } from '../line/hub-calls.ts';
import { CaseCodes } from './case-codes.ts';

const OLD = { epoch: Buffer.alloc(16, 1), first: 1 };
const NEW = { epoch: Buffer.alloc(16, 2), first: 100 };
const never = new AbortController().signal;

function bench(answers: readonly object[]) {
  const asked: unknown[] = [];
  const left = [...answers];
  const held: number[] = [];
  const postJson = async (_path: string, body: unknown) => {
    asked.push(body);
    return left.shift() ?? { kind: 'unreachable', reason: 'silent', message: '' };
  };
  const codes = new CaseCodes({
    calls: { postJson: postJson as HubCalls['postJson'] },
    journal: { epochs: () => [OLD, NEW] },
    heldStops: () => held,
  });
  return { codes, asked, held };
}

const answer = (cases: readonly object[]) => ({
  kind: 'ok',
  status: 200,
  headers: {},
  value: { cases },
});
const found = (epoch: Buffer, sequence: number, code: string) => ({
  ...{ epoch: epoch.toString('hex'), sequence, code, state: 'open', outcome: null },
});

test('nothing is asked while nobody is held', async () => {
  const { codes, asked } = bench([]);
  expect(await codes.ask(never)).toBeNull();
  expect(asked).toEqual([]);
});

test('a held stop gets its code once the hub has it, and is not asked for again', async () => {
  const { codes, asked, held } = bench([answer([]), answer([found(NEW.epoch, 120, '7K3F')])]);
  held.push(120, 42);
  expect(await codes.ask(never)).toBeNull();
  expect(codes.code(120)).toBeNull();
  await codes.ask(never);
  expect(codes.code(120)).toBe('7K3F');
  held.pop();
  await codes.ask(never);
  expect(asked).toEqual([
    {
      passages: [
        { epoch: NEW.epoch.toString('hex'), sequence: 120 },
        { epoch: OLD.epoch.toString('hex'), sequence: 42 },
      ],
    },
    {
      passages: [
        { epoch: NEW.epoch.toString('hex'), sequence: 120 },
        { epoch: OLD.epoch.toString('hex'), sequence: 42 },
      ],
    },
  ]);
});

test('a code for what was not asked is not believed, and a dead line is told', async () => {
  const { codes, held } = bench([
    answer([found(OLD.epoch, 120, 'XXXX'), found(NEW.epoch, 7, 'YYYY')]),
  ]);
  held.push(120);
  expect(await codes.ask(never)).toBeNull();
  expect([codes.code(120), codes.code(7)]).toEqual([null, null]);
  expect(await codes.ask(never)).toMatchObject({ kind: 'unreachable' });
});
