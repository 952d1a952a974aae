import { Glyph } from '../../shared/glyph.tsx';
import { translator } from '../../texts/texts.ts';

/** Without a session: nothing of the station, only what to do. In both languages, for there is no choice to make yet. */
export function ClosedPage() {
  const vi = translator('vi');
  const en = translator('en');
  return (
    <main class="closed-page">
      <Glyph name="closed" />
      <h1>{vi('closed-page.word')}</h1>
      <p>{vi('closed-page.do')}</p>
      <p lang="en" class="closed-page-other">
        {en('closed-page.word')}. {en('closed-page.do')}
      </p>
    </main>
  );
}
