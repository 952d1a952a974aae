import { enAim } from './en-aim.ts';
import { enCard } from './en-card.ts';
import { enCodes } from './en-codes.ts';
import { enDesk } from './en-desk.ts';
import { enOpenings } from './en-openings.ts';
import { enPaper } from './en-paper.ts';
import { enPasser } from './en-passer.ts';
import { enScreen } from './en-screen.ts';
import { viAim } from './vi-aim.ts';
import { viCard } from './vi-card.ts';
import { viCodes } from './vi-codes.ts';
import { viDesk } from './vi-desk.ts';
import { viOpenings } from './vi-openings.ts';
import { viPaper } from './vi-paper.ts';
import { viPasser } from './vi-passer.ts';
import { viScreen } from './vi-screen.ts';

/** Vietnamese is the original; English has the same keys or does not compile. */
const vi = {
  ...viScreen,
  ...viCodes,
  ...viCard,
  ...viPaper,
  ...viOpenings,
  ...viPasser,
  ...viDesk,
  ...viAim,
} as const;

export type TextKey = keyof typeof vi;
export type Language = 'vi' | 'en';
export type Catalogue = Readonly<Record<TextKey, string>>;
export type Params = Readonly<Record<string, string | number>>;

export const CATALOGUES: Readonly<Record<Language, Catalogue>> = {
  vi,
  en: {
    ...enScreen,
    ...enCodes,
    ...enCard,
    ...enPaper,
    ...enOpenings,
    ...enPasser,
    ...enDesk,
    ...enAim,
  },
};

export type Translate = (key: TextKey, params?: Params) => string;

/** A language's words. A parameter that was not given shows as `…`, never as an empty place. */
export function translator(language: Language): Translate {
  const catalogue = CATALOGUES[language];
  return (key, params = {}) =>
    catalogue[key].replace(/\{([a-zA-Z]+)\}/g, (_whole, name: string) =>
      String(params[name] ?? '…'),
    );
}

/** Whether there are words for a code that came from the station. */
export function isTextKey(key: string): key is TextKey {
  return Object.hasOwn(vi, key);
}
