/**
 * Every check a document can carry, and what a failed one means. `skipped`: this kind of document does not carry what
 * the check needs, or nothing was there to be checked. `impossible`: it should, and it is missing or was lost, or the
 * date is not known. Screens own the words that people see; the README beside this file holds the same table.
 */
export const DOCUMENT_CHECKS = {
  'text.utf8': 'the bytes are not UTF-8, as every known code is',
  'text.length': 'longer than any known code',
  'number.digits': 'there is no 12-digit number where one belongs',
  'number.prefix-known': 'the place of registration is on no list: unverified, perhaps born abroad',
  'number.sex': 'the sex in the number is not the sex on the document',
  'number.birth': 'the year of birth in the number is not the one on the document',
  'old-number.form': 'the old number has neither 9 nor 12 digits',
  'birth.real': 'the birth date is no date',
  'birth.complete': 'day or month of birth are unknown',
  'birth.not-future': 'born in the future',
  'issued.real': 'the date of issue is no date',
  'issued.not-before-2021': 'issued before these cards existed',
  'issued.not-future': 'issued in the future',
  'issued.after-birth': 'issued before or on the day of birth',
  'expires.real': 'the date of expiry is no date',
  'expires.not-past': 'the card has expired',
  'name.recovered': 'the name was lost with the damaged text',
  // Passed: the text was damaged on its way and put right without guessing.
  'text.repaired.utf8-as-cp1252': 'UTF-8 was read as Windows-1252 or Latin-1',
  'text.repaired.utf8-as-cp437': 'UTF-8 was read as code page 437',
  'text.repaired.utf8-as-big5': 'UTF-8 was read as Big5, separators swallowed',
  'text.repaired.utf8-as-shift-jis': 'UTF-8 was read as Shift-JIS, separators swallowed',
  'text.repaired.utf8-as-gbk': 'UTF-8 was read as GBK, separators swallowed',
  'text.repaired.utf8-as-euc-kr': 'UTF-8 was read as EUC-KR, separators swallowed',
  'text.repaired.utf8-byte-decimal4': 'bytes were typed as four-digit decimals',
  'text.repaired.codepoint-decimal': 'letters were typed as decimal code points',
  'text.repaired.codepoint-low-byte-cp437': 'only the low byte of letters came, as code page 437',
  'text.repaired.nfd': 'letters and their marks came apart',
  'text.repaired.caps-lock': 'capitals and small letters were exchanged',
  'text.repaired.windows-vietnamese-layout': 'digits went through a Vietnamese keyboard layout',
  'text.repaired.french-layout': 'every key went through a French keyboard layout',
  // Failed: letters are gone for good; what is left of the document stands.
  'text.damaged.utf8-as-cp1252': 'parts could not be put right',
  'text.damaged.utf8-as-cp437': 'parts could not be put right',
  'text.damaged.utf8-as-big5': 'parts could not be put right',
  'text.damaged.utf8-as-shift-jis': 'parts could not be put right',
  'text.damaged.utf8-as-gbk': 'parts could not be put right',
  'text.damaged.utf8-as-euc-kr': 'parts could not be put right',
  'text.damaged.utf8-byte-decimal4': 'parts could not be put right',
  'text.damaged.codepoint-decimal': 'parts could not be put right',
  'text.damaged.codepoint-low-byte-cp437':
    'several letters share one sign: the name cannot be told',
  'text.damaged.windows-vietnamese-layout': 'letters dropped, or digits whose order cannot be told',
  'text.damaged.drop-non-ascii': 'accented letters were dropped',
  'text.damaged.question-mark': 'accented letters were replaced by question marks',
  'text.damaged.diacritics-stripped': 'accents were taken off',
  'text.damaged.telex': 'accents came as the keys of the Telex input method',
  'text.damaged.vni': 'accents came as the keys of the VNI input method',
  'text.damaged.caps-lock': 'capitals and small letters were exchanged in part',
  'text.damaged.cut-short': 'the end is missing',
  'text.damaged.unknown': 'damaged in a way that no known scanner explains',
} as const;

export type CheckCode = keyof typeof DOCUMENT_CHECKS;

/** How a text was damaged between the card and us; the words after `text.repaired.` and `text.damaged.`. */
export type RepairProfile = CheckCode extends infer Code
  ? Code extends `text.repaired.${infer Profile}`
    ? Profile
    : never
  : never;
export type DamageProfile = CheckCode extends infer Code
  ? Code extends `text.damaged.${infer Profile}`
    ? Profile
    : never
  : never;
