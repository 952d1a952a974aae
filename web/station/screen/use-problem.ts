import { useEffect, useRef, useState } from 'preact/hooks';
import { isTextKey, type Translate } from '../../texts/texts.ts';
import type { Problem } from '../state/station-api.ts';
import { useUi } from './ui.ts';

const SHOWN_MS = 6_000;
const CODE_CHARS_MAX = 40;

/** Why something staff asked for was not done, for as long as it takes to read. */
export function useProblem(): {
  readonly problem: string | null;
  readonly tell: (problem: Problem | null) => void;
} {
  const { t, clock } = useUi();
  const [code, setCode] = useState<string | null>(null);
  const cancel = useRef(() => {});
  useEffect(() => () => cancel.current(), []);
  const tell = (problem: Problem | null) => {
    cancel.current();
    setCode(problem?.code ?? null);
    if (problem !== null) cancel.current = clock.after(SHOWN_MS, () => setCode(null));
  };
  return { problem: code === null ? null : problemText(code, t), tell };
}

export function problemText(code: string, t: Translate): string {
  const key = `problem.${code}`;
  return isTextKey(key) ? t(key) : t('problem.unknown', { code: code.slice(0, CODE_CHARS_MAX) });
}
