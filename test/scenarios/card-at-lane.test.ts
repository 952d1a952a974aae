import { afterEach, expect, test } from 'vitest';
import { EmulatedCard } from '../../devices/card-reader/emulated/emulated-card.ts';
import { EMPTY_TRUST_STORE } from '../../src/chip/trust/trust-store.ts';
import { codeOf } from '../support/card-code.ts';
import { sampleCard, seededRandom } from '../support/sample-card.ts';
import { BEARER, CardRig, OTHER, trustOf } from './card-rig.ts';
import type { RigOptions } from './lane-rig.ts';

let open: CardRig | null = null;
afterEach(async () => {
  expect(open?.bugs).toEqual([]);
  await open?.close();
});

function rigOf(options: RigOptions = {}): CardRig {
  open = new CardRig(options);
  return open;
}

test('code first, then the card: proven, compared, and the photograph is there while the card is', async () => {
  const rig = rigOf();
  rig.scan(codeOf(BEARER));
  expect(rig.shown).toBe('pass');
  await rig.lay();
  await rig.read();
  const { current, card } = rig.view;
  expect(rig.shown).toBe('pass');
  expect(current?.proof).toBe('chip-genuine');
  expect(current?.comparison.map(({ outcome }) => outcome)).toEqual(Array(5).fill('passed'));
  expect(card).toMatchObject({ stage: 'read', proof: 'genuine', ordinal: current?.ordinal });
  expect(card?.fields).toMatchObject({ name: BEARER.name, expires: BEARER.expires });
  const name = card?.photo ?? '';
  expect(rig.desk.photo(name)?.length).toBeGreaterThan(1_000);
  rig.reader.remove();
  await rig.until(() => rig.view.card === null);
  expect(rig.desk.photo(name)).toBeNull();
});

test('the record says what was proven, and by what it was judged', async () => {
  const rig = rigOf();
  rig.scan(codeOf(BEARER));
  await rig.lay();
  await rig.read();
  const [passage] = rig.of('passage');
  const [amendment] = rig.of('amendment');
  expect(passage).toMatchObject({ proof: 'claim', documents: ['cccd-qr'], trustVersion: null });
  expect(amendment).toMatchObject({
    ...{ verdict: 'pass', proof: 'chip-genuine', documents: ['cccd-qr', 'chip-card'] },
    ...{ trustVersion: rig.trust.version, number: BEARER.number },
  });
  const failed = amendment?.checks.filter(({ outcome }) => outcome === 'failed');
  expect(failed).toEqual([]);
  expect(amendment?.checks).toContainEqual({
    code: 'chip.genuine',
    outcome: 'passed',
    ageMs: null,
  });
});

test('that a card was read is told by what it proved, and by nothing of its bearer', async () => {
  const rig = rigOf();
  rig.scan(codeOf(BEARER));
  await rig.lay();
  await rig.read();
  expect(rig.told).toContainEqual({ event: 'card-ended', outcome: 'genuine', tookMs: 0 });
  expect(JSON.stringify(rig.told)).not.toMatch(/001099|Nguy|1999/);
});

test('card first: it waits, and is read as soon as its code is shown', async () => {
  const rig = rigOf();
  await rig.lay();
  await rig.until(() => rig.view.card?.stage === 'waiting');
  rig.scan(codeOf(BEARER));
  expect(rig.view.card?.stage).toBe('reading');
  await rig.read();
  expect(rig.view.current?.proof).toBe('chip-genuine');
});

test('a number that was typed opens it too', async () => {
  const rig = rigOf();
  await rig.lay();
  rig.type(BEARER.number);
  await rig.read();
  expect(rig.view.current).toMatchObject({ proof: 'chip-genuine', source: 'typed' });
});

test('where the policy wants the chip, a code alone waits for it, and the card lets its bearer go', async () => {
  const rig = rigOf({ requireChip: true, operation: 'automatic', officerRequired: false });
  rig.scan(codeOf(BEARER));
  expect(rig.shown).toBe('check chip.required');
  expect(rig.view.hint).toBe('card-lay');
  const hints: (string | null)[] = [];
  rig.runner.onChange(() => hints.push(rig.view.hint));
  await rig.lay();
  await rig.read();
  expect(rig.shown).toBe('pass');
  expect([...new Set(hints)]).toEqual(['card-hold', 'card-take']);
  await rig.until(() => rig.openings.length === 1);
});

test('a proof that could not be recorded opens nothing, though what was shown before it was', async () => {
  const rig = rigOf({ operation: 'automatic', officerRequired: false });
  rig.scan(codeOf(BEARER));
  rig.journalFault = 'full';
  await rig.lay();
  await rig.read();
  expect(rig.view.current).toMatchObject({
    ...{ verdict: 'pass', proof: 'chip-genuine', recorded: false },
  });
  expect([rig.openings, rig.view.outward]).toEqual([[], 'wait']);
});

test('somebody in an F0 register stays a stop, however genuine the card', async () => {
  const rig = rigOf();
  rig.list(BEARER.number);
  rig.scan(codeOf(BEARER));
  await rig.lay();
  await rig.read();
  expect(rig.shown).toBe('stop status.f0');
  expect(rig.view.current?.proof).toBe('chip-genuine');
});

test.each([
  ['name', { name: 'Nguyễn Văn Bảo' }, 'documents.differ-name'],
  ['birth', { birth: '1999-01-02' }, 'documents.differ-birth'],
  ['issued', { issued: '2024-06-16' }, 'documents.differ-issued'],
] as const)('a code that differs in %s is told by it', async (field, changes, reason) => {
  const rig = rigOf();
  rig.scan(codeOf(BEARER, changes));
  await rig.lay();
  await rig.read();
  expect(rig.shown).toBe(`check ${reason}`);
  const outcome = rig.view.current?.comparison.find((each) => each.field === field)?.outcome;
  expect(outcome).toBe('failed');
});

test('a card whose number ends like the code, and is another, is one case with both numbers in it', async () => {
  const rig = rigOf();
  rig.list(BEARER.number);
  const forged = codeOf(BEARER, { number: '036099000001' });
  rig.scan(forged);
  expect(rig.shown).toBe('pass');
  await rig.lay();
  await rig.read();
  expect(rig.shown).toContain('stop status.f0');
  expect(rig.shown).toContain('documents.differ-number');
  expect(rig.of('passage')).toHaveLength(1);
});

test.each([
  ['cloned', { flaws: [{ kind: 'cloned' }] }, 'chip.cloned'],
  ['altered', { flaws: [{ kind: 'altered', fileId: 0x010d }] }, 'chip.altered'],
  ['altered', { flaws: [{ kind: 'altered', fileId: 0x0102 }] }, 'chip.altered'],
  ['chip-not-proven', { chipCipher: null, activeKind: null }, 'chip.not-proven'],
] as const)('a card that is %s is caught', async (proof, options, reason) => {
  const rig = rigOf();
  rig.scan(codeOf(BEARER));
  await rig.lay(options as never);
  await rig.read();
  expect(rig.shown).toBe(`check ${reason}`);
  expect(rig.view.current?.proof).toBe(`chip-${proof}`.replace('chip-chip', 'chip'));
  expect(rig.view.card).toMatchObject({ stage: 'read', proof });
  expect(rig.of('amendment')[0]?.reasons).toEqual([reason]);
});

test('without an anchor for its issuer a card is not called genuine', async () => {
  const rig = rigOf();
  rig.trust = trustOf(EMPTY_TRUST_STORE);
  rig.scan(codeOf(BEARER));
  await rig.lay();
  await rig.read();
  expect(rig.shown).toBe('check chip.issuer-unknown');
});

test('an expired card is a check', async () => {
  const rig = rigOf();
  const expired = { ...BEARER, expires: '2026-11-19' };
  rig.scan(codeOf(expired));
  await rig.lay({ person: expired });
  await rig.read();
  expect(rig.shown).toBe('check expires.not-past');
});

test('on its last day a card still holds', async () => {
  const rig = rigOf();
  const last = { ...BEARER, expires: '2026-11-20' };
  rig.scan(codeOf(last));
  await rig.lay({ person: last });
  await rig.read();
  expect(rig.shown).toBe('pass');
});

test('a card that knows no PACE opens with the term that the law gives it', async () => {
  const rig = rigOf();
  const person = { ...BEARER, expires: '2039-01-01', issued: '2024-06-15' };
  rig.scan(codeOf(person));
  await rig.lay({ person, pace: null });
  await rig.read();
  expect(rig.view.current?.proof).toBe('chip-genuine');
});

test('the card of somebody else than who is held is told at once', async () => {
  const rig = rigOf({ requireChip: true });
  rig.scan(codeOf(OTHER));
  await rig.lay();
  await rig.read();
  expect(rig.view.card).toMatchObject({ stage: 'failed', problem: 'number-does-not-open' });
  expect(rig.shown).toBe('check chip.not-opened chip.required');
});

test('the card of the next person, laid down early, is not held against who was let through', async () => {
  const rig = rigOf();
  rig.scan(codeOf(OTHER));
  await rig.lay();
  await rig.read();
  expect(rig.shown).toBe('pass');
  await rig.pass(2_000);
  rig.scan(codeOf(BEARER));
  await rig.read();
  await rig.pass(10_000);
  expect(rig.of('amendment').map(({ proof }) => proof)).toEqual(['chip-genuine']);
  expect(rig.of('passage').map(({ verdict }) => verdict)).toEqual(['pass', 'pass']);
});

test('a card that nobody else claims counts against who was let through', async () => {
  const rig = rigOf();
  rig.scan(codeOf(OTHER));
  await rig.lay();
  await rig.read();
  await rig.pass(4_500);
  expect(rig.shown).toBe('pass');
  await rig.pass(1_000);
  expect(rig.shown).toBe('check chip.not-opened');
});

test('two numbers are tried on a card, and no third until it is laid down again', async () => {
  const rig = rigOf({ requireChip: true });
  for (const last of [1, 2]) {
    rig.scan(codeOf({ ...OTHER, number: `00120000004${last}` }));
    if (last === 1) await rig.lay();
    await rig.read();
  }
  rig.scan(codeOf(BEARER));
  await rig.read();
  expect(rig.view.card).toMatchObject({ stage: 'failed', problem: 'number-does-not-open' });
  rig.tap('set-aside');
  rig.tap('set-aside');
  expect(rig.view.current?.subject.number).toBe(BEARER.number);
  rig.reader.remove();
  await rig.until(() => rig.view.card === null);
  await rig.lay();
  await rig.read();
  expect(rig.view.card?.proof).toBe('genuine');
});

test('a card that slips and is laid back at once is read on', async () => {
  const rig = rigOf();
  rig.scan(codeOf(BEARER));
  const spec = await sampleCard();
  const pulled = { kind: 'pull', afterApdus: 20, returns: false } as const;
  rig.reader.insert(new EmulatedCard({ ...spec, faults: [pulled] }, seededRandom('chip')));
  await rig.until(() => rig.view.card?.stage === 'gone');
  const { card } = rig.view;
  expect(rig.view.hint).toBe('card-again');
  await rig.pass(1_000);
  rig.reader.insert(new EmulatedCard(spec, seededRandom('again')));
  await rig.until(() => rig.view.card?.stage === 'read');
  expect(rig.view.card?.insertion).toBe(card?.insertion);
  expect(rig.view.current?.proof).toBe('chip-genuine');
});

test('another card laid back in its place is not read on', async () => {
  const rig = rigOf();
  rig.scan(codeOf(BEARER));
  await rig.lay({ faults: [{ kind: 'pull', afterApdus: 12, returns: false }] });
  await rig.until(() => rig.view.card?.stage === 'gone');
  await rig.lay({ person: OTHER });
  await rig.until(() => rig.view.card?.stage === 'failed');
  expect(rig.view.card).toMatchObject({ stage: 'failed', problem: 'number-does-not-open' });
  expect(rig.view.current?.proof).toBe('claim');
});

test('a card taken away too early is asked for again, and read then', async () => {
  const rig = rigOf();
  rig.scan(codeOf(BEARER));
  await rig.lay({ faults: [{ kind: 'pull', afterApdus: 12, returns: false }] });
  await rig.until(() => rig.view.card?.stage === 'gone');
  await rig.pass(3_000);
  expect(rig.view).toMatchObject({ hint: 'card-again', card: { fields: null, photo: null } });
  expect(rig.shown).toBe('pass');
  await rig.lay();
  await rig.read();
  expect(rig.view.current?.proof).toBe('chip-genuine');
});

test('taken away once every proof was made, it counts', async () => {
  const rig = rigOf();
  rig.scan(codeOf(BEARER));
  await rig.lay({ faults: [{ kind: 'pull', afterApdus: 22, returns: false }] });
  await rig.until(() => rig.view.card?.stage === 'gone');
  await rig.pass(3_000);
  expect(rig.view.current?.proof).toBe('chip-genuine');
  expect(rig.view.card).toBeNull();
});

test('a mute card ends in a named reason, and the lane goes on', async () => {
  const rig = rigOf();
  rig.scan(codeOf(BEARER));
  await rig.lay({ faults: [{ kind: 'mute', afterApdus: 5 }] });
  await rig.pass(25_000);
  expect(rig.view.card).toMatchObject({ stage: 'failed' });
  expect(['lost', 'deadline', 'fault']).toContain(rig.view.card?.problem);
  rig.scan(codeOf(OTHER));
  await rig.pass(2_000);
  expect(rig.view.current?.subject.number).toBe(OTHER.number);
});

test('whose card is being read keeps the screen, and whoever comes next waits', async () => {
  const rig = rigOf();
  rig.scan(codeOf(BEARER));
  await rig.lay({ faults: [{ kind: 'slow', afterApdus: 0, milliseconds: 400 }] });
  await rig.pass(2_000);
  rig.scan(codeOf(OTHER));
  await rig.pass(2_000);
  expect(rig.view).toMatchObject({ waiting: 1, card: { stage: 'reading' } });
  expect(rig.view.current?.subject.number).toBe(BEARER.number);
  while (rig.view.card?.stage === 'reading') await rig.pass(250);
  expect(rig.view.card?.stage).toBe('read');
  expect(rig.view.current).toMatchObject({ proof: 'chip-genuine' });
  await rig.pass(3_000);
  expect(rig.view.current?.subject.number).toBe(OTHER.number);
  expect(rig.of('amendment')).toHaveLength(1);
  expect(rig.of('passage').map(({ verdict }) => verdict)).toEqual(['pass', 'pass']);
});

test('laid down before its code and read for longer than a pass stays on the screen, a card still counts', async () => {
  const rig = rigOf({ joinMs: 2_000 });
  await rig.lay({ faults: [{ kind: 'slow', afterApdus: 0, milliseconds: 200 }] });
  rig.scan(codeOf(BEARER));
  while (rig.view.card?.stage !== 'read') await rig.pass(250);
  expect(rig.view.current?.proof).toBe('chip-genuine');
});

test('what was read leaves memory with the person, though the card still lies there', async () => {
  const rig = rigOf();
  rig.scan(codeOf(BEARER));
  await rig.lay();
  await rig.read();
  const name = rig.view.card?.photo ?? '';
  await rig.pass(16_000);
  expect(rig.view.current).toBeNull();
  expect(rig.view.card).toMatchObject({ stage: 'read', fields: null, photo: null });
  expect(rig.desk.photo(name)).toBeNull();
});

test('a picture that cannot be decoded is told, and the proof stands', async () => {
  const rig = rigOf();
  rig.decode = async () => ({ kind: 'failed', reason: 'photo.damaged' });
  rig.scan(codeOf(BEARER));
  await rig.lay();
  await rig.read();
  expect(rig.view.card).toMatchObject({ photo: null, photoProblem: 'photo.damaged' });
  expect(rig.view.current?.proof).toBe('chip-genuine');
});

test('a reader that is unplugged is out, and comes back', async () => {
  const rig = rigOf();
  await rig.lay();
  rig.reader.unplug();
  await rig.until(() => rig.readerStates.length === 2);
  rig.reader.plug();
  await rig.until(() => rig.readerStates.length === 3);
  expect(rig.readerStates).toEqual(['online', 'offline', 'online']);
  rig.scan(codeOf(BEARER));
  await rig.read();
  expect(rig.view.current?.proof).toBe('chip-genuine');
});

test('a card that names another number is a finding also when what it was opened with has left the screen', async () => {
  for (const clear of ['tap', 'next'] as const) {
    const rig = rigOf({ clear });
    rig.list(OTHER.number);
    rig.scan(codeOf(BEARER, { number: '036099000001' }));
    await rig.lay({ faults: [{ kind: 'slow', afterApdus: 0, milliseconds: 200 }] });
    await rig.pass(1_000);
    rig.scan(codeOf(OTHER));
    expect(rig.shown).toBe('stop status.f0');
    await rig.pass(15_000);
    const last = [...rig.of('amendment'), ...rig.of('passage')].find(
      ({ proof }) => proof === 'chip-genuine',
    );
    expect(last).toMatchObject({ verdict: 'check' });
    expect(last?.reasons).toContain('documents.differ-number');
    await rig.close();
  }
});

test('what was proven stays proven when its code is seen again behind somebody else', async () => {
  const rig = rigOf({ requireChip: true, clear: 'tap' });
  const code = codeOf(BEARER);
  rig.scan(code);
  await rig.lay();
  await rig.read();
  rig.list(OTHER.number);
  rig.scan(codeOf(OTHER));
  expect(rig.shown).toContain('stop');
  rig.scan(code);
  const [passage] = rig.of('passage');
  const amendments = rig.of('amendment').filter((each) => each.passage === passage?.passage);
  expect(amendments.map(({ proof }) => proof)).toEqual(['chip-genuine']);
});

test('the right card after the wrong one takes back what the wrong one said', async () => {
  const rig = rigOf({ requireChip: true });
  rig.scan(codeOf(BEARER));
  await rig.lay({ person: OTHER });
  await rig.read();
  expect(rig.shown).toBe('check chip.not-opened chip.required');
  rig.reader.remove();
  await rig.until(() => rig.view.card === null);
  await rig.lay();
  await rig.read();
  expect(rig.shown).toBe('pass');
});

test('a card that is laid down again is read again once its code is shown, and never by itself', async () => {
  const rig = rigOf();
  rig.list(BEARER.number);
  rig.scan(codeOf(BEARER));
  await rig.lay();
  await rig.read();
  rig.reader.remove();
  await rig.until(() => rig.view.card === null);
  await rig.lay();
  await rig.pass(1_000);
  expect(rig.view.card?.stage).toBe('waiting');
  rig.scan(codeOf(BEARER));
  await rig.read();
  expect(rig.view.card).toMatchObject({ stage: 'read', proof: 'genuine' });
  expect(rig.view.card?.photo).not.toBeNull();
});

test('a card without PACE opens once its code follows the number that was typed', async () => {
  const rig = rigOf();
  rig.type(BEARER.number);
  await rig.lay({ pace: null });
  await rig.read();
  expect(rig.view.card).toMatchObject({ stage: 'failed', problem: 'more-needed' });
  rig.scan(codeOf(BEARER));
  await rig.until(() => rig.view.card?.stage === 'read');
  expect(rig.view.current?.proof).toBe('chip-genuine');
});

test('who was let pass while the card was read is called back when it is a copy', async () => {
  const rig = rigOf({ requireChip: true });
  rig.scan(codeOf(BEARER));
  await rig.lay({
    ...{ flaws: [{ kind: 'cloned' }] },
    faults: [{ kind: 'slow', afterApdus: 0, milliseconds: 200 }],
  });
  await rig.pass(1_000);
  rig.tap('let-pass');
  expect(rig.view.outward).toBe('go');
  await rig.pass(12_000);
  expect(rig.shown).toContain('check chip.cloned');
  expect(rig.view).toMatchObject({ outward: 'wait', current: { staff: null } });
});

test('a decoder that cannot be started costs the photograph and nothing else', async () => {
  open = new CardRig({}, () => {
    throw new Error('simulated: no more processes');
  });
  const rig = open;
  rig.decode = () => Promise.reject(new Error('simulated: no more processes'));
  rig.scan(codeOf(BEARER));
  await rig.lay();
  await rig.read();
  expect(rig.view.current?.proof).toBe('chip-genuine');
  expect(rig.view.card).toMatchObject({ photo: null, photoProblem: 'photo.crashed' });
  expect(rig.bugs.splice(0)).toHaveLength(2);
});

test('a photograph that is not what was signed is withheld, and that is told', async () => {
  const rig = rigOf();
  rig.scan(codeOf(BEARER));
  await rig.lay({ flaws: [{ kind: 'altered', fileId: 0x0102 }] });
  await rig.read();
  expect(rig.view.card).toMatchObject({ photo: null, photoProblem: 'photo.altered' });
});
