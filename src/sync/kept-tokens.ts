import { type Kept, keptText } from './kept.ts';
import type { TokenKeeper } from './line/hub-calls.ts';

/** The token last received, kept over restarts (security E5). */
export function keptTokens(kept: Kept): TokenKeeper {
  let token = keptText(kept, 'token');
  return {
    token: () => token,
    keep: (next) => {
      kept.put({ token: Buffer.from(next) });
      token = next;
    },
  };
}
