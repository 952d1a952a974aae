// The campaign's oracle: writes down what every barrier saw acknowledged, as it hears it, and knows nothing else. Never killed.
// `campaign-oracle.js FIFO LOG`; ends after the line `end`.
import { closeSync, openSync, readSync, writeSync } from 'node:fs';

const [, , fifo = '', log = ''] = process.argv;
const PART_BYTES = 65_536;

// Open for writing too: the ear stays open while no station lives.
const ear = openSync(fifo, 'r+');
const kept = openSync(log, 'a');
const part = Buffer.alloc(PART_BYTES);
process.send?.('listening');
let rest = '';
while (rest !== 'end\n') {
  const heard = rest + part.toString('latin1', 0, readSync(ear, part));
  const whole = heard.endsWith('end\n') ? heard.length - 4 : heard.lastIndexOf('\n') + 1;
  writeSync(kept, heard.slice(0, whole));
  rest = heard.slice(whole);
}
closeSync(kept);
closeSync(ear);
process.disconnect();
