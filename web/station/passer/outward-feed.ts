import type { LaneView } from '../../../src/station/http/lane-shape.ts';
import type { NoticeView } from '../../../src/station/http/shapes.ts';
import type { PageClock } from '../../shared/page-clock.ts';

/** All that the outside is told of a lane: no field of anybody's, and the same for check and stop. */
export type Outward = Pick<LaneView, 'outward' | 'hint'>;

const REOPEN_MS = 1_000;

type Feed = {
  readonly onOutward: (outward: Outward) => void;
  readonly onNotice: (notice: NoticeView) => void;
  readonly onBeat: () => void;
};

/** GET /api/v1/lanes/{lane}/outward for as long as the page lives. */
export function openOutward(
  lane: string,
  clock: PageClock,
  { onOutward, onNotice, onBeat }: Feed,
): () => void {
  let source: EventSource | null = null;
  let cancel = () => {};
  const open = () => {
    const opened = new EventSource(`/api/v1/lanes/${encodeURIComponent(lane)}/outward`);
    source = opened;
    opened.addEventListener('outward', (message: MessageEvent<string>) => {
      onBeat();
      onOutward(JSON.parse(message.data) as Outward);
    });
    opened.addEventListener('notice', (message: MessageEvent<string>) =>
      onNotice(JSON.parse(message.data) as NoticeView),
    );
    opened.addEventListener('beat', onBeat);
    opened.addEventListener('error', () => {
      if (opened.readyState !== EventSource.CLOSED) return;
      cancel();
      cancel = clock.after(REOPEN_MS, open);
    });
  };
  open();
  return () => {
    cancel();
    source?.close();
  };
}
