import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Document, IdentityDocument } from '../../src/documents/document.ts';
import { parsePresentation } from '../../src/documents/parse-presentation.ts';
import { cp437Sign } from '../../src/documents/repair/code-page.ts';

type Vectors = {
  readonly vectors: readonly { profile: string; canonical: string; mangled: string }[];
  readonly lowByteCp437: Readonly<Record<string, string>>;
  readonly pipeSwallowed: readonly { canonical: string; mangled: string; reversible: boolean }[];
};

/** Damage that takes nothing away: the whole document must come back. */
const REVERSIBLE = new Set([
  'utf8_as_cp1252',
  'utf8_as_cp437',
  'utf8_byte_decimal4',
  'codepoint_decimal',
  'nfd',
  'caps_lock',
]);

/** Far enough ahead for any date of issue in the file. */
const LATEST_DAY = 40_000;

/**
 * Holds the parser against `scanner-mangling.json` of a data folder: the number always comes back, the name too where
 * the damage is reversible, and otherwise the same name or none. Prints each failure by profile, never a person's value.
 */
export async function run(
  dataDir: string,
): Promise<{ name: string; passed: number; failed: number }> {
  const path = join(dataDir, 'scanner-mangling.json');
  const { vectors, lowByteCp437, pipeSwallowed } = JSON.parse(
    readFileSync(path, 'utf8'),
  ) as Vectors;
  const cases: (readonly [what: string, holds: boolean])[] = [
    ...vectors.map(({ profile, canonical, mangled }, index) => {
      const holds = isUndamaged(canonical) && isSame(canonical, mangled, REVERSIBLE.has(profile));
      return [`${profile} (vector ${index})`, holds] as const;
    }),
    ...pipeSwallowed.map(({ canonical, mangled, reversible }, index) => {
      const holds = isSame(around(canonical, canonical), around(canonical, mangled), reversible);
      return [`swallowed separator ${index}`, holds] as const;
    }),
    ...Object.entries(lowByteCp437).map(([letter, sign]) => {
      const holds = cp437Sign((letter.codePointAt(0) ?? 0) & 0xff) === sign;
      return [`low byte of ${letter}`, holds] as const;
    }),
  ];
  for (const [what, holds] of cases) if (!holds) console.error(`scanner damage: ${what} fails`);
  const failed = cases.filter(([, holds]) => !holds).length;
  return { name: 'scanner damage', passed: cases.length - failed, failed };
}

function parse(text: string): Document {
  return parsePresentation(new TextEncoder().encode(text), { latestDay: LATEST_DAY });
}

function isUndamaged(text: string): boolean {
  const document = parse(text);
  return document.kind !== 'other' && document.name === text.split('|')[2] && !document.repaired;
}

function isSame(canonical: string, mangled: string, reversible: boolean): boolean {
  const whole = parse(canonical);
  const found = parse(mangled);
  if (whole.kind === 'other' || found.kind === 'other') return false;
  const free: readonly (keyof IdentityDocument)[] = ['name', 'residence'];
  const firm: readonly (keyof IdentityDocument)[] = ['number', 'birth', 'sex', 'issued'];
  const kept = free.every(
    (field) => found[field] === whole[field] || (!reversible && found[field] === null),
  );
  const told = found.repaired || found.checks.some(({ outcome }) => outcome === 'failed');
  return kept && told && firm.every((field) => found[field] === whole[field]);
}

/** A card whose fields meet at the separator the fragment is about: sex, residence or name, by what stands before it. */
function around(canonical: string, fragment: string): string {
  const before = canonical.split('|')[0] ?? '';
  if (before === 'Nữ') return `079300000002||Lan An|05062000|${fragment}1 Mai An, Gia Lai|07082024`;
  if (before.includes(' ')) return `079300000002||Lan An|05062000|Nam|1 Mai An, ${fragment}7082024`;
  return `079300000002||Lan ${fragment}5062000|Nam|1 Mai An, Gia Lai|07082024`;
}
