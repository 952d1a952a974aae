const DIGITS = 12;
const GROUP = 3;

/** `001 200 000 001`: how people read the number out and compare it. Anything else is left as it is. */
export function groupNumber(number: string): string {
  return number.replace(/(.{3})(?=.)/g, '$1 ');
}

/** `001 ••• ••• 001`: enough to tell people apart on a pass, too little for the queue behind to write down. */
export function maskNumber(number: string): string {
  if (number.length !== DIGITS) return '•'.repeat(Math.min(number.length, DIGITS));
  return `${number.slice(0, GROUP)} ••• ••• ${number.slice(-GROUP)}`;
}
