import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { FrameEvent, FrameSource, GreyFrame } from '../../src/ports/frame-source.ts';

export type FrameSourceRig = {
  readonly source: FrameSource;
  readonly width: number;
  readonly height: number;
  /** Makes the camera fail while it is being watched. */
  readonly fault: () => Promise<void>;
  /** Takes the fault's cause away. */
  readonly mend: () => Promise<void>;
  readonly close: () => Promise<void>;
};

/** What a rig's camera must see: three upright bars of equal width, black, middle grey (128) and white. */
const BARS = [0, 128, 255] as const;
const LUMINANCE_OFF_MAX = 6;

/** Every FrameSource must pass this: simulators and drivers in CI, real cameras on the bench. */
export function describeFrameSource(name: string, openRig: () => Promise<FrameSourceRig>): void {
  describe(name, () => {
    let rig: FrameSourceRig;
    let start: readonly FrameEvent[];
    beforeAll(async () => {
      rig = await openRig();
      start = await watch(rig.source, (seen) => frames(seen).length === 4);
    });
    afterAll(() => rig.close());

    test('says online before its first frame, and once', () => {
      expect(start.map(({ kind }) => kind)).toEqual(['online', ...Array(4).fill('frame')]);
      expect(start.every(({ deviceId }) => deviceId === rig.source.deviceId)).toBe(true);
    });

    test('gives frames of the size promised, in rising order', () => {
      let before: GreyFrame | undefined;
      for (const frame of frames(start)) {
        expect(frame).toMatchObject({ width: rig.width, height: rig.height });
        expect(frame.stride).toBeGreaterThanOrEqual(frame.width);
        const bytes = frame.stride * (frame.height - 1) + frame.width;
        expect(frame.data.length).toBeGreaterThanOrEqual(bytes);
        expect(frame.sequence).toBeGreaterThan(before?.sequence ?? 0);
        expect(frame.atMonoMs).toBeGreaterThanOrEqual(before?.atMonoMs ?? 0);
        before = frame;
      }
    });

    test('black is 0, white is 255, and the bars stand where they should', () => {
      for (const frame of frames(start)) {
        BARS.forEach((luminance, bar) => {
          const off = Math.abs(barLuminance(frame, bar) - luminance);
          expect(off).toBeLessThanOrEqual(LUMINANCE_OFF_MAX);
        });
      }
    });

    test('a consumer that dawdles gets the newest frame next, not the one after its last', async () => {
      const stop = new AbortController();
      const events = rig.source.events(stop.signal)[Symbol.asyncIterator]();
      const first = await nextFrame(events);
      await watch(rig.source, (seen) => frames(seen).length === 8);
      const second = await nextFrame(events);
      expect(second.sequence).toBeGreaterThan(first.sequence + 1);
      stop.abort();
      await events.next();
    });

    test('bytes of a frame stay as they were delivered', async () => {
      const kept: { readonly data: Uint8Array; readonly copy: Uint8Array }[] = [];
      for await (const event of rig.source.events(new AbortController().signal)) {
        if (event.kind !== 'frame') continue;
        kept.push({ data: event.frame.data, copy: Uint8Array.from(event.frame.data) });
        if (kept.length === 6) break;
      }
      expect(new Set(kept.map(({ data }) => data.buffer)).size).toBe(6);
      for (const { data, copy } of kept) expect(Buffer.compare(data, copy)).toBe(0);
    });

    test('a fault is told with a code, and the camera comes back by itself', async () => {
      const events = await watchFault(rig);
      const states = events.filter(({ kind }) => kind !== 'frame').map(({ kind }) => kind);
      expect(states.join(' ')).toMatch(/^online (offline )+online$/);
      expect(events.at(-1)?.kind).toBe('frame');
      for (const event of events) {
        if (event.kind === 'offline') expect(event.reason).toMatch(/^camera\.[a-z-]+$/);
      }
    });

    test('stopped before it begins, it says nothing and ends', async () => {
      for await (const _ of rig.source.events(AbortSignal.abort())) expect.unreachable();
    });

    test('stopped while nobody waits for an event, it ends', async () => {
      const stop = new AbortController();
      const events = rig.source.events(stop.signal)[Symbol.asyncIterator]();
      await nextFrame(events);
      stop.abort();
      expect((await events.next()).done).toBe(true);
    });
  });
}

async function watch(
  source: FrameSource,
  enough: (events: readonly FrameEvent[]) => boolean,
): Promise<readonly FrameEvent[]> {
  const events: FrameEvent[] = [];
  const stop = new AbortController();
  for await (const event of source.events(stop.signal)) {
    events.push(event);
    if (enough(events)) stop.abort();
  }
  return events;
}

/** Breaks the camera at its first frame, mends it once it has said so, and watches until the next frame. */
async function watchFault({ source, fault, mend }: FrameSourceRig): Promise<readonly FrameEvent[]> {
  const events: FrameEvent[] = [];
  let phase: 'working' | 'broken' | 'mended' = 'working';
  for await (const event of source.events(new AbortController().signal)) {
    events.push(event);
    if (phase === 'working' && event.kind === 'frame') {
      phase = 'broken';
      await fault();
    } else if (phase === 'broken' && event.kind === 'offline') {
      phase = 'mended';
      await mend();
    } else if (phase === 'mended' && event.kind === 'frame') break;
  }
  return events;
}

async function nextFrame(events: AsyncIterator<FrameEvent>): Promise<GreyFrame> {
  for (;;) {
    const { value, done } = await events.next();
    if (done === true) throw new Error('the source ended without a frame');
    if (value.kind === 'frame') return value.frame;
  }
}

function frames(events: readonly FrameEvent[]): readonly GreyFrame[] {
  return events.flatMap((event) => (event.kind === 'frame' ? [event.frame] : []));
}

/** Mean over the middle of a bar, away from its edges. */
function barLuminance({ width, height, stride, data }: GreyFrame, bar: number): number {
  let sum = 0;
  let count = 0;
  for (let y = height >> 2; y < height - (height >> 2); y++) {
    for (let x = Math.ceil((bar + 0.3) * (width / 3)); x < (bar + 0.7) * (width / 3); x++) {
      sum += data[y * stride + x] ?? 0;
      count += 1;
    }
  }
  return sum / count;
}
