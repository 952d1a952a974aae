import { displayable } from './personal-text.ts';

const NAME_CHARS_MAX = 80;

type Props = {
  readonly value: string;
  readonly charsMax?: number;
  readonly class?: string;
};

/** Text that came from a paper: only ever text, with its direction kept to itself. */
export function Personal({ value, charsMax = NAME_CHARS_MAX, class: className }: Props) {
  return (
    <bdi class={className} translate={false}>
      {displayable(value, charsMax)}
    </bdi>
  );
}
