import type { StationEvent } from '../../../src/station/http/events.ts';
import type { PageClock } from '../../shared/page-clock.ts';

const NAMES = [
  'hello',
  'lane',
  'history',
  'beat',
] as const satisfies readonly StationEvent['event'][];
const REOPEN_MS = 1_000;

type Feed = {
  readonly onEvent: (event: StationEvent) => void;
  /** The stream was refused for good, perhaps for want of a session; it is tried again after a second. */
  readonly onRefused: () => void;
};

/** The station's events for as long as the page lives. The browser reconnects by itself with Last-Event-ID. */
export function openFeed(url: string, clock: PageClock, { onEvent, onRefused }: Feed): () => void {
  let source: EventSource | null = null;
  let cancel = () => {};
  const open = () => {
    const opened = new EventSource(url);
    source = opened;
    for (const name of NAMES) {
      opened.addEventListener(name, (message: MessageEvent<string>) => {
        onEvent(eventOf(name, message));
      });
    }
    opened.addEventListener('error', () => {
      if (opened.readyState !== EventSource.CLOSED) return;
      onRefused();
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

/** The station is same-origin and of the same build: its JSON is taken at its word. */
function eventOf(name: StationEvent['event'], message: MessageEvent<string>): StationEvent {
  const data: unknown = JSON.parse(message.data);
  return { event: name, id: message.lastEventId, data } as StationEvent;
}
