import { PassThrough } from 'node:stream';
import { expect, test } from 'vitest';
import { BodyMemory } from './body-memory.ts';

const BYTES_MAX = 300_000;

function read(memory: BodyMemory, parts: readonly Uint8Array[], declared?: string) {
  const payload = new PassThrough();
  const body = memory.read(payload, declared, BYTES_MAX);
  for (const part of parts) payload.write(part);
  payload.end();
  return body;
}

test('a body is read whole, with its length told or not, and with nothing of the one before', async () => {
  const memory = new BodyMemory();
  const first = await read(memory, [Buffer.from('abc'), Buffer.from('def')], '6');
  expect(first.toString()).toBe('abcdef');
  memory.giveBack(first);
  const second = await read(memory, [Buffer.from('xy')], '2');
  expect(second.buffer).toBe(first.buffer);
  expect(second.toString()).toBe('xy');
  expect((await read(memory, [Buffer.from('chunk'), Buffer.from('ed')])).toString()).toBe(
    'chunked',
  );
  expect(await read(memory, [], '0')).toHaveLength(0);
});

test('two bodies under way never share memory, however long they are', async () => {
  const memory = new BodyMemory();
  const bodies = await Promise.all(
    [10, 10, 280_000].map((length) => read(memory, [Buffer.alloc(length, 1)], String(length))),
  );
  expect(new Set(bodies.map(({ buffer }) => buffer)).size).toBe(3);
  for (const body of bodies) memory.giveBack(body);
  expect(memory.take(280_000).buffer).not.toBe(bodies[2]?.buffer);
});

test('a body longer than may be is refused, whatever it says of itself', async () => {
  const memory = new BodyMemory();
  const tooLong = { statusCode: 413 };
  const long = [Buffer.alloc(BYTES_MAX), Buffer.alloc(1)];
  await expect(read(memory, [], String(BYTES_MAX + 1))).rejects.toMatchObject(tooLong);
  await expect(read(memory, long)).rejects.toMatchObject(tooLong);
  await expect(read(memory, [Buffer.alloc(11)], '10')).rejects.toMatchObject(tooLong);
});

test('a body that breaks off is an error', async () => {
  const payload = new PassThrough();
  const body = new BodyMemory().read(payload, '10', BYTES_MAX);
  payload.destroy(new Error('aborted'));
  await expect(body).rejects.toThrow('aborted');
});
