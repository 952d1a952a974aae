import '../../shared/fonts.css';
import '../../shared/tokens.css';
import '../../shared/base.css';
import './passer.css';
import { render } from 'preact';
import { browserClock } from '../../shared/page-clock.ts';
import { PasserApp } from './passer-app.tsx';

const page = document.getElementById('page');
const lane = decodeURIComponent(location.pathname.split('/').at(-1) ?? '');
document.documentElement.dataset['theme'] = 'dark';
if (page !== null) render(<PasserApp lane={lane} clock={browserClock} />, page);
