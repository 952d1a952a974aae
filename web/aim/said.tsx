import { type Params, type TextKey, translator } from '../texts/texts.ts';

export const vi = translator('vi');
export const en = translator('en');

type Props = {
  readonly text: TextKey;
  readonly params?: Params;
  /** For English, where a value is a word itself. */
  readonly paramsEn?: Params;
};

/** Vietnamese, and English small beneath. */
export function Said({ text, params = {}, paramsEn = params }: Props) {
  return (
    <span class="said">
      <span>{vi(text, params)}</span>
      <span class="said-en" lang="en">
        {en(text, paramsEn)}
      </span>
    </span>
  );
}
