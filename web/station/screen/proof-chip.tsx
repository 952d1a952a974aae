import type { Proof, ProofLook } from '../show/proof.ts';

/** Told apart without colour: a tick on a chip; half a chip; a question; a torn chip; two chips; a struck one. */
const MARKS: Readonly<Record<Exclude<ProofLook, 'claim'>, string>> = {
  genuine: 'M4 6H20V18H4Z M8 12L11 15L16.5 9',
  reading: 'M4 6H20V18H4Z M8 12H8.01 M12 12H12.01 M16 12H16.01',
  'not-proven': 'M4 6H12V18H4Z M15 6H16.5 M19 6H20V7 M20 10V11.5 M20 14.5V16 M20 18H18 M15 18H16',
  'issuer-unknown': 'M8.5 9A3.5 3.5 0 1 1 13 12.3Q12 12.8 12 14.5 M12 18.5V18.6',
  altered: 'M4 6H11L9 10L13 13L10.5 18H4Z M15 6H20V18H14.5L17 13L13.2 10Z',
  cloned: 'M4 9H15V19H4Z M9 9V5H20V15H15',
  unverifiable: 'M4 6H20V18H4Z M5 19L19 5',
};

/** How far the answer is proven. Only a genuine card has the colour of a pass. */
export function ProofChip({ proof: { look, text } }: { readonly proof: Proof }) {
  return (
    <span class="chip chip-proof" data-look={look}>
      {look !== 'claim' && (
        <svg class="icon" viewBox="0 0 24 24" aria-hidden="true" focusable="false">
          <path d={MARKS[look]} />
        </svg>
      )}
      <span>{text}</span>
    </span>
  );
}
