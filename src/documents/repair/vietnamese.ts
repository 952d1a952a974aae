/** The accented letters of Vietnamese in the composed form (NFC), small ones. */
const SMALL = 'ăâđêôơưàáảãạằắẳẵặầấẩẫậèéẻẽẹềếểễệìíỉĩịòóỏõọồốổỗộờớởỡợùúủũụừứửữựỳýỷỹỵ';

export const ACCENTED_LETTERS: ReadonlySet<string> = new Set([...SMALL, ...SMALL.toUpperCase()]);

/** First sounds as written, longest first; loan letters of highland names are left out on purpose. */
const ONSETS = 'ngh ng nh gh gi kh ph qu th tr ch b c d đ g h k l m n p r s t v x'
  .split(' ')
  .concat('');

/** What may follow a first sound, without its tone. Too many rather than too few: each one more reading makes us guess less. */
const RHYMES: ReadonlySet<string> = new Set(
  (
    'a ac ach ai am an ang anh ao ap at au ay ăc ăm ăn ăng ăp ăt âc âm ân âng âp ât âu ây ' +
    'e ec em en eng eo ep et ê êc êch êm ên êng ênh êp êt êu i ia ich iêc iêm iên iêng iêp iêt iêu im in inh ip it iu ' +
    'o oa oac oach oai oam oan oang oanh oao oap oat oay oăc oăm oăn oăng oăp oăt oc oe oem oen oeo oet oi om on ong ooc oong op ot ' +
    'ô ôc ôi ôm ôn ông ôôc ôông ôp ôt ơ ơc ơi ơm ơn ơng ơp ơt ' +
    'u ua uân uâng uât uây uc uê uêch uên uênh uêt uêu ui um un ung uơ uơn up ut uôc uôi uôm uôn uông uôp uôt ' +
    'uy uya uych uyên uyêt uyêu uym uyn uynh uyp uyt uyu ư ưa ưc ưi ưm ưn ưng ươc ươi ươm ươn ương ươp ươt ươu ưt ưu ' +
    'y yêm yên yêng yêt yêu ynh ych yt ym yn yp yu'
  ).split(' '),
);

const FOLDED_RHYMES: ReadonlySet<string> = new Set([...RHYMES].map(withoutAccents));

const TONES = /[\u0300\u0301\u0303\u0309\u0323]/g;
const ACUTE_OR_DOT = /[\u0301\u0323]/;

/** Whether a small-letter word could be a Vietnamese syllable: known sounds, one tone, and a closed one sharp or heavy. */
export function isSyllable(word: string): boolean {
  const apart = word.normalize('NFD');
  const tones = apart.match(TONES) ?? [];
  if (tones.length > 1) return false;
  const toneless = apart.replace(TONES, '').normalize('NFC');
  const sharpOrHeavy = tones.some((tone) => ACUTE_OR_DOT.test(tone));
  if (/(?:c|ch|p|t)$/.test(toneless) && toneless.length > 1 && !sharpOrHeavy) return false;
  return splits(toneless, RHYMES);
}

/** Whether a plain word is no syllable as it stands and is one with accents: `nguyen`, `viet`, `duong`. */
export function needsAccents(word: string): boolean {
  return (
    /^[a-z]{2,7}$/.test(word) && !isSyllable(word) && splits(word.replace(/đ/g, 'd'), FOLDED_RHYMES)
  );
}

/** The word's plain letters. */
export function withoutAccents(word: string): string {
  return word.normalize('NFD').replace(/\p{M}/gu, '').replace(/đ/g, 'd').replace(/Đ/g, 'D');
}

function splits(word: string, rhymes: ReadonlySet<string>): boolean {
  return ONSETS.some((onset) => word.startsWith(onset) && rhymes.has(word.slice(onset.length)));
}
