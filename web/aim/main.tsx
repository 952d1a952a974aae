import '../shared/fonts.css';
import '../shared/tokens.css';
import '../shared/base.css';
import './aim.css';
import { render } from 'preact';
import { browserClock } from '../shared/page-clock.ts';
import { AimApp } from './aim-app.tsx';

const page = document.getElementById('page');
// Whoever stands on a ladder at night has the telephone set to dark.
const isDark = matchMedia('(prefers-color-scheme: dark)').matches;
document.documentElement.dataset['theme'] = isDark ? 'dark' : 'light';
if (page !== null) render(<AimApp clock={browserClock} />, page);
