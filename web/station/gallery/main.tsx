import '../../shared/fonts.css';
import '../../shared/tokens.css';
import '../../shared/base.css';
import '../screen/screen.css';
import '../screen/face.css';
import '../screen/card.css';
import '../screen/sheet.css';
import '../passer/passer.css';
import './gallery.css';
import { render } from 'preact';
import { browserClock } from '../../shared/page-clock.ts';
import { Gallery } from './gallery.tsx';
import { SceneView } from './scene-view.tsx';
import { SCENES } from './scenes.ts';

/** `/gallery` lists everything; `?scene=stop&theme=night&lang=en` fills the window with one state. */
const wanted = new URLSearchParams(location.search);
const scene = SCENES[wanted.get('scene') ?? ''];
const theme = wanted.get('theme') ?? 'light';
const language = wanted.get('lang') === 'en' ? 'en' : 'vi';
document.documentElement.dataset['theme'] = theme;
document.documentElement.lang = language;

const page = document.getElementById('page');
if (page !== null) {
  render(
    scene === undefined ? (
      <Gallery clock={browserClock} />
    ) : (
      <SceneView scene={scene} language={language} clock={browserClock} theme={theme} />
    ),
    page,
  );
}
