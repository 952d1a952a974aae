import '../shared/fonts.css';
import '../shared/tokens.css';
import '../shared/base.css';
import './aim.css';
import { render } from 'preact';
import { browserClock } from '../shared/page-clock.ts';
import { AimApp } from './aim-app.tsx';

const page = document.getElementById('page');
if (page !== null) render(<AimApp clock={browserClock} />, page);
