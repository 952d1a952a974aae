import { writeSounds } from './make-sounds.ts';

writeSounds();
