import fc from 'fast-check';
import { expect, test } from 'vitest';
import { checkHeader, parseLine } from './parse-line.ts';
import { judgeEntry, numberProblem } from './register-line.ts';

const LINE = '001099000001,active,2026-11-01,2026-11-21,HCDC batch 7';
const RAW = {
  number: '001099000001',
  status: 'active',
  from: '2026-11-01',
  until: '2026-11-21',
  source: 'HCDC batch 7',
  oldNumbers: '',
  qid: '',
  attribute: '',
};
const RULES = { defaultDays: null, attributes: null };
/** Nothing of a person may be in any message: not the number, nor its ends. */
const PERSONAL = /001099000001|1099000001|000001|Nguy/;

function problemsOf(raw: Partial<typeof RAW>, defaultDays: number | null = 21): string[] {
  const judged = judgeEntry({ ...RAW, ...raw }, { defaultDays, attributes: new Set([7]) });
  if (judged.kind === 'entry') return [];
  return judged.problems.map(({ column, problem }) => `${column}: ${problem}`);
}

test('a plain, a quoted and a JSON line give the same entry', () => {
  const quoted = '"001099000001",active,"2026-11-01",2026-11-21,"HCDC batch 7"';
  expect(parseLine(LINE, 'csv')).toEqual({ kind: 'raw', raw: RAW });
  expect(parseLine(quoted, 'csv')).toEqual({ kind: 'raw', raw: RAW });
  expect(parseLine(JSON.stringify(RAW), 'ndjson')).toEqual({ kind: 'raw', raw: RAW });
});

test('a comma and a quotation mark may stand in a quoted source', () => {
  const parsed = parseLine('001099000001,active,2026-11-01,,"CDC, ""Q1"""', 'csv');
  expect(parsed).toMatchObject({ kind: 'raw', raw: { source: 'CDC, "Q1"' } });
});

test('the entry has days of the calendar, and until is inclusive', () => {
  expect(judgeEntry(RAW, RULES)).toEqual({
    kind: 'entry',
    entry: {
      number: '001099000001',
      others: [],
      attribute: 0,
      status: 'active',
      fromDay: 20_758,
      untilDay: 20_778,
      source: 'HCDC batch 7',
      untilDefaulted: false,
    },
  });
});

test('an empty until is the policy’s days after from, and is told', () => {
  const judged = judgeEntry({ ...RAW, until: '' }, { ...RULES, defaultDays: 14 });
  expect(judged).toMatchObject({
    entry: { fromDay: 20_758, untilDay: 20_772, untilDefaulted: true },
  });
  expect(problemsOf({ until: '' }, null)).toEqual([
    expect.stringMatching(/^until: is empty and policy\.defaultDays/),
  ]);
});

test.each([
  ['9 digits', '099000001', /came 9: a spreadsheet may have dropped leading zeros/],
  ['10 digits', '1099000001', /came 10: a spreadsheet/],
  ['11 digits', '01099000001', /came 11: a spreadsheet/],
  ['an exponent', '1.099E+09', /exponent form/],
  ['an exponent with a comma', '1,099E+09', /exponent form/],
  ['13 digits', '0010990000010', /came 13/],
  ['space around', ' 001099000001', /12 digits with space around/],
  ['full-width digits', '００１０９９０００００１', /came “999999999999”/],
  ['a name', 'Nguyễn Văn Mẫu', /came “aaaaaa aaa aaa”/],
  ['nothing', '', /came nothing/],
  ['the number nobody has', '000000000000', /reserved/],
  ['a canary', '000000000001', /reserved/],
])('a number with %s is refused with what to do', (_, number, message) => {
  expect(numberProblem(number)).toMatch(message);
});

test('numbers of the test prefix 000 outside the canaries may be listed', () => {
  expect(numberProblem('000099000001')).toBeNull();
});

test.each([
  [{ status: 'Active' }, /^status: expected active or ended/],
  [{ from: '01/11/2026' }, /^from: expected a date YYYY-MM-DD, came “99\/99\/9999”/],
  [{ from: '2026-02-29' }, /^from: no such day/],
  [{ from: '2026-11-01T00:00:00' }, /^from: expected a date/],
  [{ until: '2026-10-31' }, /^until: is before from/],
  [{ until: '2399-13-01' }, /^until: no such day/],
  [{ source: '' }, /^source: is empty/],
  [{ source: 'x'.repeat(65) }, /^source: expected at most 64 characters, came 65/],
  [{ source: 'CDC\u202E' }, /^source: expected printable text/],
  [{ source: 'CDC\u0000' }, /^source: expected printable text/],
  [{ source: ' CDC' }, /^source: has space around it/],
  [{ source: 'of 001099000001' }, /^source: holds what looks like a personal number/],
])('%o is refused by column', (raw, message) => {
  expect(problemsOf(raw)).toEqual([expect.stringMatching(message)]);
});

test('every wrong column of a line is told at once', () => {
  expect(problemsOf({ number: '1', status: '', from: 'x', source: '' })).toHaveLength(4);
});

test.each([
  ['001099000001,active,2026-11-01,2026-11-21', /expected 5 columns, came 4/],
  [`${LINE},more`, /expected 5 columns, came 6/],
  [LINE.replace('HCDC', '"HCDC'), /quotation mark/],
  ['"001099000001,active', /quotation mark/],
  ['x'.repeat(5_000), /longer than 4096 characters/],
])('the CSV line %s is refused', (line, message) => {
  const parsed = parseLine(line, 'csv');
  expect(parsed.kind === 'bad' ? parsed.problem.problem : parsed.kind).toMatch(message);
});

test.each([
  ['{"number":1099000001}', /came also|JSON number|expected a string/],
  ['[]', /one JSON object/],
  ['null', /one JSON object/],
  ['{', /one JSON object/],
  [JSON.stringify({ ...RAW, number: 1099000001 }), /JSON number, which drops leading zeros/],
  [JSON.stringify({ ...RAW, name: 'x', __x: 1 }), /came also name/],
  [`{"__proto__":1,${JSON.stringify(RAW).slice(1)}`, /came also “__aaaaa__”/],
  [JSON.stringify({ ...RAW, source: undefined }), /expected a string, came nothing/],
])('the JSON line %s is refused', (line, message) => {
  const parsed = parseLine(line, 'ndjson');
  expect(parsed.kind === 'bad' ? parsed.problem.problem : parsed.kind).toMatch(message);
});

test('in JSON until may be missing or null', () => {
  const { until: _, ...rest } = RAW;
  for (const value of [rest, { ...rest, until: null }]) {
    const parsed = parseLine(JSON.stringify(value), 'ndjson');
    expect(parsed).toMatchObject({ kind: 'raw', raw: { until: '' } });
  }
});

test('the exact header passes, quoted too, and names what else a line has', () => {
  const columns = ['number', 'status', 'from', 'until', 'source'];
  expect(checkHeader('number,status,from,until,source')).toEqual(columns);
  expect(checkHeader('"number","status","from","until","source"')).toEqual(columns);
  expect(checkHeader('number,status,from,until,source,qid')).toEqual([...columns, 'qid']);
  const all = [...columns, 'oldNumbers', 'qid', 'attribute'];
  expect(checkHeader(all.join())).toEqual(all);
});

test('further columns are read where the header has them, and are empty elsewhere', () => {
  const columns = checkHeader('number,status,from,until,source,oldNumbers,attribute');
  expect(parseLine(`${LINE},001099000002 001099000003,7`, 'csv', columns)).toEqual({
    kind: 'raw',
    raw: { ...RAW, oldNumbers: '001099000002 001099000003', attribute: '7' },
  });
  expect(parseLine(LINE, 'csv', columns)).toMatchObject({
    problem: { problem: 'expected 7 columns, came 5' },
  });
  const { oldNumbers: _, attribute: __, ...json } = { ...RAW, qid: 'Q-1' };
  expect(parseLine(JSON.stringify(json), 'ndjson')).toEqual({
    kind: 'raw',
    raw: { ...RAW, qid: 'Q-1' },
  });
});

test('a person is listed by each earlier number and the QID too', () => {
  const raw = { ...RAW, oldNumbers: '001099000002 001099000003', qid: 'Q.1_a-2', attribute: '7' };
  expect(judgeEntry(raw, { defaultDays: null, attributes: new Set([7]) })).toMatchObject({
    entry: {
      number: '001099000001',
      others: [
        { kind: 'number', value: '001099000002' },
        { kind: 'number', value: '001099000003' },
        { kind: 'qid', value: 'Q.1_a-2' },
      ],
      attribute: 7,
    },
  });
});

test.each([
  ['a CMND', { oldNumbers: '001099002 001099000003' }, /^oldNumbers: .*CMND is never looked up/],
  ['ten digits', { oldNumbers: '1099000002' }, /^oldNumbers: expected exactly 12 digits, came 10/],
  ['a comma between', { oldNumbers: '001099000002,001099000003' }, /^oldNumbers: expected exactly/],
  ['the same twice', { oldNumbers: '001099000002 001099000002' }, /^oldNumbers: names a number tw/],
  ['its own', { oldNumbers: '001099000001' }, /^oldNumbers: names a number twice, or the entry/],
  ['a canary', { oldNumbers: '000000000001' }, /^oldNumbers: .*reserved/],
  ['too many', { oldNumbers: Array(9).fill('001099000002').join(' ') }, /at most 8 .* came 9/],
  ['a name', { qid: 'Nguyễn Văn A' }, /^qid: expected a QID, .* came “aaaaaa aaa a”/],
  ['no id', { attribute: '07' }, /^attribute: expected the id of a published attribute/],
  ['an unknown id', { attribute: '8' }, /^attribute: no attribute of this region has this id/],
])('further columns with %s are refused with what to do', (_, raw, message) => {
  const problems = problemsOf(raw);
  expect(problems).toEqual([expect.stringMatching(message)]);
  expect(problems.join()).not.toMatch(PERSONAL);
});

test.each([
  ['number,status,from,until,source,name', /unknown columns name: remove/],
  ['number,state,from,until,source', /unknown columns state/],
  ['number;status;from;until;source', /semicolons/],
  ['number,status,from,until', /missing source/],
  ['status,number,from,until,source', /in this order/],
  ['number,number,status,from,until,source', /in this order/],
  ['number,status,from,until,source,qid,oldNumbers', /in this order/],
  ['number,status,qid,from,until,source', /in this order/],
  ['Number,Status,From,Until,Source', /the first line is none/],
  [LINE, /the first line is none/],
  ['', /the first line is none/],
  ['number,status,from,until,source,001099000001', /unknown columns “999999999999”/],
])('the header %s is refused', (line, message) => {
  expect(() => checkHeader(line)).toThrow(message);
});

test('no message about any line holds what the line held', () => {
  const piece = fc.constantFrom(
    ...[
      '001099000001',
      '1099000001',
      'Nguyễn',
      ',',
      '"',
      '1.099000001E+9',
      '2026-11-01',
      ' ',
      'active',
    ],
  );
  const line = fc.array(piece, { minLength: 1, maxLength: 12 }).map((pieces) => pieces.join(''));
  const json = line.map((text) => JSON.stringify({ ...RAW, number: text, [text]: text }));
  fc.assert(
    fc.property(fc.oneof(line, json), (text) => {
      expect(messagesOf(text).join('\n')).not.toMatch(PERSONAL);
    }),
  );
});

function messagesOf(line: string): string[] {
  const messages: string[] = [];
  try {
    checkHeader(line);
  } catch (error) {
    messages.push(String(error));
  }
  for (const format of ['csv', 'ndjson'] as const) {
    const parsed = parseLine(line, format);
    if (parsed.kind === 'bad') messages.push(parsed.problem.problem);
    if (parsed.kind !== 'raw') continue;
    const judged = judgeEntry(parsed.raw, RULES);
    if (judged.kind === 'bad') messages.push(...judged.problems.map(({ problem }) => problem));
  }
  return messages;
}
