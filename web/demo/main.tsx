import '../shared/fonts.css';
import '../shared/tokens.css';
import '../shared/base.css';
import './desk.css';
import { render } from 'preact';
import { browserClock } from '../shared/page-clock.ts';
import { DeskApp } from './desk-app.tsx';

const page = document.getElementById('page');
if (page !== null) render(<DeskApp clock={browserClock} />, page);
