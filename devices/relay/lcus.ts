import { type Exchange, MORE } from './exchange.ts';

const START = 0xa0;
const ASK_OUTPUTS = 0xff;
/** Eight lines of `CH1: OFF`, with room for what stands between them. */
const TEXT_MAX = 256;

/** Start, channel, 1 or 0, and the sum of the three. */
export function lcusOrder(channel: number, on: boolean): Exchange<void> {
  const value = on ? 1 : 0;
  const sum = (START + channel + value) & 0xff;
  return { request: Uint8Array.of(START, channel, value, sum), receive: null };
}

/** Boards with several relays answer in words: `CH1: ON`, a line each. */
export function lcusOutputs(count: number): Exchange<readonly boolean[]> {
  let text = '';
  return {
    request: Uint8Array.of(ASK_OUTPUTS),
    receive: (bytes) => {
      text = `${text}${Buffer.from(bytes).toString('latin1')}`.slice(-TEXT_MAX);
      const said = new Map(
        [...text.matchAll(/CH(\d+): ?(ON|OFF)/g)].map(([, channel, word]) => [
          Number(channel),
          word === 'ON',
        ]),
      );
      const outputs = Array.from({ length: count }, (_, index) => said.get(index + 1));
      if (outputs.some((output) => output === undefined)) return MORE;
      return { kind: 'answer', value: outputs.map((output) => output === true) };
    },
  };
}
