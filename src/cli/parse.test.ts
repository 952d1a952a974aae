import { Readable } from 'node:stream';
import { expect, test } from 'vitest';
import { parseCommand } from './parse.ts';

const CARD = '001200000001|100000001|Nguyễn Văn Mẫu|01022000|Nam|Ngõ Thử, Hà Nội|03042021';

async function run(
  input: string | Uint8Array,
  ...args: string[]
): Promise<{ lines: string[]; exit: number | null }> {
  const lines: string[] = [];
  let exit: number | null = null;
  const command = parseCommand({
    stdin: Readable.from([typeof input === 'string' ? Buffer.from(input) : input]),
    out: (line) => lines.push(line),
    tell: () => {},
    env: {},
    signal: new AbortController().signal,
    exit: (code) => {
      exit = code;
    },
  });
  await command.parseAsync(args, { from: 'user' });
  return { lines, exit };
}

test('a whole card is one JSON line of the published shape, and exit 0', async () => {
  const { lines, exit } = await run(`${CARD}\n`, '--json');
  expect(exit).toBe(0);
  expect(lines).toHaveLength(1);
  const document = JSON.parse(lines[0] ?? '');
  expect(Object.keys(document)).toEqual(
    'kind number oldNumbers name birth sex residence issued repaired checks'.split(' '),
  );
  expect(document).toMatchObject({ kind: 'cccd-qr', number: '001200000001', sex: 'male' });
  expect(document.checks[0]).toEqual({ code: 'text.utf8', outcome: 'passed' });
});

test.each([
  ['a failed check', CARD.replace('Nam', 'Nữ'), 3],
  ['a repaired text', CARD.normalize('NFD'), 3],
  ['a lost name', CARD.replace(/[^ -~]/g, ''), 3],
  ['no name', CARD.replace('Nguyễn Văn Mẫu', ''), 3],
  ['a masked number', '******000001|NGUYEN VAN MAU|2000-02-01|1|QID1|', 3],
  ['a typed number', '001200000001', 0],
  ['a lost number', CARD.slice(1), 4],
  ['another code', 'https://example.org', 4],
  ['nine digits', '100000001', 4],
  ['nothing', '', 4],
  ['too much', `${CARD}${'|'.repeat(5000)}`, 4],
])('%s exits so', async (_, input, expected) => {
  expect((await run(input, '--json')).exit).toBe(expected);
});

test('what names nobody keeps the shape and says what it looks like', async () => {
  const { lines } = await run('HC1:6BF', '--json');
  expect(JSON.parse(lines[0] ?? '')).toMatchObject({
    kind: 'other',
    looksLike: 'health-certificate',
    number: null,
    oldNumbers: [],
    repaired: false,
  });
});

test('a person reads fields, outcomes and what a failed check means', async () => {
  const { lines } = await run(CARD.replace('Nam', 'Nữ'));
  expect(lines).toContain('name         Nguyễn Văn Mẫu');
  expect(lines.find((line) => line.includes('number.sex'))).toMatch(/^failed +number\.sex: .*sex/);
});

test('endless input is refused', async () => {
  await expect(run(new Uint8Array(70_000))).rejects.toThrow(/65536 bytes/);
});
