import '../../shared/fonts.css';
import '../../shared/tokens.css';
import '../../shared/base.css';
import './screen.css';
import './face.css';
import './card.css';
import './sheet.css';
import { render } from 'preact';
import { browserClock } from '../../shared/page-clock.ts';
import { App } from './app.tsx';

const page = document.getElementById('page');
if (page !== null) render(<App clock={browserClock} />, page);
