import { expect, test } from 'vitest';
import type { CardView } from '../../../src/station/http/card-shape.ts';
import { translator } from '../../texts/texts.ts';
import { card, comparison, F1, lane, NOW_MS, passage, reason } from '../gallery/people.ts';
import { bannersOf } from './banners.ts';
import { forward, type Progress, phaseText } from './card-progress.ts';
import { cardWords } from './card-words.ts';
import { comparisonOf, shownComparison } from './comparison.ts';
import { faceOf, strayCard } from './face.ts';
import { proofOf } from './proof.ts';

const t = translator('vi');
const READING = card({ stage: 'reading', photo: null, fields: null, authenticity: null });

function face(view: Parameters<typeof lane>[0]) {
  return faceOf(lane(view), { dead: false, nowMs: NOW_MS, sinceMs: 0 }, t);
}

function strip(view: Parameters<typeof lane>[0]): string[] {
  const shown = lane(view);
  const stray = strayCard(shown, face(view), t);
  return bannersOf(shown, NOW_MS, { restartMs: null, card: stray, keyboard: 'us' }, t).map(
    ({ text }) => text,
  );
}

/** A whole read as it is told: phases and files come again, and a session is lost in the midst of the photograph. */
const READ: readonly Partial<CardView>[] = [
  { phase: null },
  { phase: 'access' },
  { phase: 'files', group: 0, bytes: 200, bytesTotal: 1_900 },
  { phase: 'files', group: 1, bytes: 93, bytesTotal: 93 },
  { phase: 'files', group: 13, bytes: 300, bytesTotal: 400 },
  { phase: 'files', group: 14, bytes: 200, bytesTotal: 300 },
  { phase: 'chip-authentication', group: null },
  { phase: 'files', group: 15 },
  { phase: 'active-authentication', group: null },
  { phase: 'files', group: null },
  { phase: 'files', group: 2, bytes: 0, bytesTotal: null },
  { phase: 'files', group: 2, bytes: 9_000, bytesTotal: 18_000 },
  { phase: 'access', group: null },
  { phase: 'files', group: 0, bytes: 200, bytesTotal: 1_900 },
  { phase: 'files', group: 2, bytes: 18_000, bytesTotal: 18_000 },
  { stage: 'read', phase: null, group: null },
];

test('the bar of a read only goes forward, starts low and ends full', () => {
  let progress: Progress | null = null;
  const shares = READ.map((told) => {
    progress = forward(progress, { ...READING, bytes: 0, ...told });
    return progress?.share ?? -1;
  });
  expect(shares).toEqual([...shares].sort((one, other) => one - other));
  expect(shares[0]).toBe(0);
  expect(shares.at(-2)).toBeLessThan(1);
  expect(shares.at(-1)).toBe(1);
  expect(new Set(shares).size).toBeGreaterThan(9);
});

test('the next card begins at nothing, and without a card there is no bar', () => {
  const before = { insertion: 7, share: 0.8 };
  expect(forward(before, { ...READING, insertion: 8 })).toEqual({ insertion: 8, share: 0 });
  expect(forward(before, null)).toBeNull();
});

test('what the card is doing is told in words, the photograph in kilobytes', () => {
  const said = (told: Partial<CardView>) => phaseText({ ...READING, ...told }, t);
  expect(said({ phase: 'access' })).toBe('Đang mở chip');
  expect(said({ phase: 'files', group: 13 })).toBe('Đang đọc dữ liệu');
  expect(said({ phase: 'chip-authentication' })).toBe('Đang kiểm chip');
  expect(said({ phase: 'active-authentication' })).toBe('Đang kiểm chip');
  expect(said({ phase: 'files', group: 2, bytes: 12_288, bytesTotal: 18_204 })).toBe(
    'Đang đọc ảnh 12/18 kB',
  );
});

test('a photograph that was read and is being decoded is said to be opened', () => {
  const all = { phase: 'files', group: 2, bytes: 18_204, bytesTotal: 18_204 } as const;
  expect(phaseText({ ...READING, ...all, photoPending: true }, t)).toBe('Đang mở ảnh');
  // The chip is at something else again.
  const proving = { phase: 'active-authentication', group: null, photoPending: true } as const;
  expect(phaseText({ ...READING, ...proving }, t)).toBe('Đang kiểm chip');
});

test('only a genuine card of a genuine passage looks genuine', () => {
  const authenticities = [null, 'not-proven', 'issuer-unknown', 'altered', 'cloned', 'new-word'];
  for (const proof of ['claim', 'chip-not-proven', 'chip-cloned', 'chip-genuinely', 'genuine']) {
    for (const authenticity of [...authenticities, 'genuine']) {
      const shown = proofOf(passage('pass', [], { proof }), card({ authenticity }), t);
      expect(shown.look, `${proof} ${authenticity}`).not.toBe('genuine');
      expect(shown.text).not.toMatch(/thẻ thật/);
    }
  }
  const genuine = passage('pass', [], { proof: 'chip-genuine' });
  for (const authenticity of authenticities) {
    expect(proofOf(genuine, card({ authenticity }), t).look).toBe('reading');
    expect(face({ current: genuine, card: card({ authenticity }) }).why).toEqual([
      'Không thuộc danh sách F0, F1 (cập nhật 01:40).',
    ]);
  }
  expect(proofOf(genuine, card(), t).look).toBe('genuine');
});

test('a proof stays when the card was taken away, or when the next one lies there', () => {
  const genuine = passage('pass', [], { proof: 'chip-genuine' });
  expect(proofOf(genuine, null, t).text).toBe('Chip: thẻ thật');
  expect(proofOf(genuine, { ...READING, ordinal: 42 }, t).look).toBe('genuine');
});

test('every state that is not genuine has its own look and its own words', () => {
  const states = ['not-proven', 'issuer-unknown', 'altered', 'cloned', 'unverifiable'];
  const shown = states.map((state) =>
    proofOf(passage('check', [], { proof: `chip-${state}` }), null, t),
  );
  expect(shown.map(({ look }) => look)).toEqual(states);
  expect(new Set(shown.map(({ text }) => text)).size).toBe(states.length);
});

test('a genuine card still asks to compare photograph and person', () => {
  const shown = face({ current: passage('pass', [], { proof: 'chip-genuine' }), card: card() });
  expect(shown.why).toEqual(['Chip: thẻ thật. Không thuộc danh sách F0, F1 (cập nhật 01:40).']);
  expect(shown.action).toBe('So ảnh với người.');
  expect(face({ current: passage('pass', [], { proof: 'chip-genuine' }) }).action).toBe(
    'So ảnh in trên thẻ với người.',
  );
});

test('while the photograph is coming, nobody is sent to the printed one', () => {
  const current = passage('pass', [], { proof: 'chip-genuine' });
  const action = (extra: Partial<CardView>) => face({ current, card: card(extra) }).action;
  expect(action({ photo: null, photoPending: true })).toBe('So ảnh với người.');
  expect(action({ photo: null })).toBe('So ảnh in trên thẻ với người.');
});

test('a card belongs beside the answer only when it is that person’s', () => {
  const current = passage('check', [F1]);
  expect(face({ current, card: card() }).card).not.toBeNull();
  expect(face({ current, card: card({ ordinal: 40 }) }).card).toBeNull();
  expect(face({ current, card: card({ ordinal: null, stage: 'waiting' }) }).card).toBeNull();
});

test('a dead line shows nothing of a card', () => {
  const dead = faceOf(
    lane({ current: passage('pass'), card: card() }),
    { dead: true, nowMs: NOW_MS, sinceMs: 0 },
    t,
  );
  expect(dead).toMatchObject({ card: null, proof: null, passage: null });
});

test('a card without a number asks for one: on the empty screen, or above whoever holds it', () => {
  const waiting = card({ stage: 'waiting', ordinal: null });
  expect(face({ card: waiting })).toMatchObject({
    tone: 'quiet',
    word: 'ĐÃ CÓ THẺ',
    action: 'Đưa mã QR của thẻ, hoặc nhập số.',
  });
  expect(strip({ card: waiting })).toEqual([]);
  const held = { current: passage('check', [F1]), card: waiting };
  expect(face(held).word).toBe('KIỂM TRA');
  expect(strip(held)).toEqual(['Đã có thẻ. Đưa mã QR của thẻ, hoặc nhập số.']);
});

test('a card laid down after this person’s chip was read asks for the code again, not for a number', () => {
  const waiting = card({ stage: 'waiting', ordinal: null });
  const read = passage('check', [F1], { documents: ['cccd-qr', 'chip-card'] });
  const again = ['Chip của lượt này đã đọc. Đưa lại mã QR để đọc thẻ lần nữa.'];
  expect(strip({ current: read, card: waiting })).toEqual(again);
  // Another person's card that was left there, or a problem, is told as ever.
  expect(strip({ current: read, card: card({ ordinal: 40 }) })).toEqual([
    'Thẻ của lượt trước còn trên đầu đọc: trả thẻ.',
  ]);
  // Nobody is on the screen any more.
  const over = passage('pass', [], { documents: read.documents, restMs: 0 });
  expect(face({ current: over, card: waiting }).action).toBe('Đưa mã QR của thẻ, hoặc nhập số.');
});

test('a notice is not pushed away by a card: the card is told above it', () => {
  const notice = { kind: 'not-read', looksLike: null, atMs: NOW_MS } as const;
  const view = { notice, card: card({ stage: 'waiting', ordinal: null }) };
  expect(face(view).word).toBe('CHƯA ĐỌC ĐƯỢC');
  expect(strip(view)).toHaveLength(1);
});

test('every way a card does not open is told in its own words, and what to do', () => {
  const problems = [
    'number-does-not-open',
    'more-needed',
    'no-application',
    'refused',
    'spent',
    'lost',
    'deadline',
    'fault',
  ];
  const said = problems.map((problem) => cardWords(card({ stage: 'failed', problem }), t));
  expect(new Set(said.map(({ why }) => why)).size).toBe(problems.length);
  for (const { word, action } of said) {
    expect(word).not.toBe('');
    expect(action).not.toBeNull();
  }
  const unheard = cardWords(card({ stage: 'failed', problem: 'of-tomorrow' }), t);
  expect(unheard.why).toBe('Chưa đọc được thẻ (of-tomorrow).');
  const named = cardWords(card({ stage: 'failed', problem: 'waiting' }), t);
  expect(named.word).toBe('CHƯA ĐỌC ĐƯỢC THẺ');
});

test('a card left behind is told when nobody is on the screen any more', () => {
  expect(face({ card: card({ ordinal: 40 }) }).action).toBe('Trả thẻ cho người qua.');
  expect(strip({ current: passage('pass'), card: card({ ordinal: 40 }) })).toEqual([
    'Thẻ của lượt trước còn trên đầu đọc: trả thẻ.',
  ]);
});

test('chip and code that agree are one word; one that differs is told field by field', () => {
  const chip = { comparison: comparison() };
  expect(comparisonOf(passage('pass', [], chip))).toMatchObject({
    agrees: true,
    said: 'compare.agree',
  });
  const typed = { ...chip, documents: ['typed-number', 'chip-card'] };
  expect(comparisonOf(passage('pass', [], typed))?.said).toBe('compare.agree.typed');
  const differs = comparisonOf(passage('check', [], { comparison: comparison('birth') }));
  expect(differs?.agrees).toBe(false);
  expect(differs?.marks.filter(({ outcome }) => outcome === 'differs')).toEqual([
    { field: 'compare.birth', outcome: 'differs', said: 'compare.failed' },
  ]);
});

test('that a false chip agrees is left to the details; that it differs is shown', () => {
  const agrees = passage('check', [], { comparison: comparison() });
  const differs = passage('check', [], { comparison: comparison('birth') });
  for (const look of ['altered', 'cloned'] as const) {
    expect(shownComparison(agrees, look)).toBeNull();
    expect(shownComparison(differs, look)?.agrees).toBe(false);
  }
  for (const look of ['genuine', 'not-proven', 'issuer-unknown', 'claim'] as const) {
    expect(shownComparison(agrees, look)?.agrees).toBe(true);
  }
  expect(comparisonOf(agrees)?.marks).toHaveLength(5);
});

test('a card at odds with itself is told apart from one that somebody may have tampered with', () => {
  const said = (code: string) => face({ current: passage('check', [reason(code)]) });
  const itself = said('card.groups-agree');
  expect(itself.why[0]).toMatch(/^Chip tự mâu thuẫn: /);
  const between = said('card.access-agrees');
  expect(between.why[0]).toContain('chen giữa thẻ và đầu đọc');
  expect(between.action).toContain('báo chỉ huy');
});

test('nothing was compared where every field was there once only', () => {
  const skipped = comparison().map(({ field }) => ({ field, outcome: 'skipped' }) as const);
  expect(comparisonOf(passage('pass'))).toBeNull();
  expect(comparisonOf(passage('pass', [], { comparison: skipped }))).toBeNull();
});

test('with a chip among the papers, that is what differs from the code', () => {
  const birth = [reason('documents.differ-birth')];
  const chip = face({ current: passage('check', birth, { documents: ['cccd-qr', 'chip-card'] }) });
  expect(chip.why).toEqual(['Chip và mã QR không khớp: ngày sinh.']);
  expect(face({ current: passage('check', birth) }).why).toEqual([
    'Các giấy tờ không khớp: ngày sinh.',
  ]);
});

test('an expired card tells its date while it lies there', () => {
  const current = passage('check', [reason('expires.not-past')]);
  const fields = { ...card().fields, expires: '2021-10-04' } as CardView['fields'];
  expect(face({ current, card: card({ fields }) }).why).toEqual([
    'Thẻ đã hết hạn ngày 04/10/2021.',
  ]);
  expect(face({ current }).why).toEqual(['Thẻ đã hết hạn.']);
  const checks = [{ code: 'expires.not-past', outcome: 'impossible', ageMs: null } as const];
  expect(face({ current: { ...current, checks } }).why).toEqual(['Chưa rõ thẻ còn hạn không.']);
});

test('a lane that needs the chip asks for the card, and for patience while it is read', () => {
  const current = passage('check', [reason('chip.required')]);
  expect(face({ current }).action).toBe('Đề nghị đặt thẻ CCCD lên đầu đọc.');
  expect(face({ current, card: READING }).action).toBe('Chờ đọc xong thẻ.');
});
