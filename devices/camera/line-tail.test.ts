import { expect, test } from 'vitest';
import { LineTail } from './line-tail.ts';

const bytes = (text: string) => new TextEncoder().encode(text);
const plain = (line: string) => line;

test('keeps the last twenty lines, without what repeats', () => {
  const tail = new LineTail(plain);
  for (let i = 0; i < 50; i++) tail.push(bytes(`line ${i}\nline ${i}\n`));
  expect(tail.lines()).toHaveLength(20);
  expect(tail.lines().at(-1)).toBe('line 49');
});

test('a line cut by the pipe is one line, and an open one is shown', () => {
  const tail = new LineTail(plain);
  tail.push(bytes('Connection ref'));
  expect(tail.lines()).toEqual(['Connection ref']);
  tail.push(bytes('used\r\nnext'));
  expect(tail.lines()).toEqual(['Connection refused', 'next']);
});

test('a mask sees whole lines, also where the pipe cut a secret in two', () => {
  const tail = new LineTail((line) => line.replaceAll('geheim', '***'));
  tail.push(bytes('bad password geh'));
  tail.push(bytes('eim\n'));
  expect(tail.lines()).toEqual(['bad password ***']);
});

test('terminal sequences, direction marks and addresses are taken out', () => {
  const tail = new LineTail(plain);
  tail.push(bytes('\u001b[2J[tcp @ 0x55af67eea100] \u202Eno\n'));
  expect(tail.lines()).toEqual(['[2J[tcp]  no']);
});

test('a gigabyte without a line end costs one short line', () => {
  const tail = new LineTail(plain);
  const chunk = bytes('x'.repeat(65_536));
  for (let i = 0; i < 200; i++) tail.push(chunk);
  expect(tail.lines()).toEqual(['x'.repeat(300)]);
});
