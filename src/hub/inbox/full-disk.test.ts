import { afterEach, beforeEach, expect, test } from 'vitest';
import { actionRecord } from '../../../test/support/journal-records.ts';
import { JournalsRig, sealFor } from '../../../test/support/journals-rig.ts';
import type { MadeSegment } from '../../../test/support/sealed-segments.ts';
import {
  makeSmallDisk,
  type SmallDisk,
  smallDiskObstacle,
} from '../../../test/support/small-disk.ts';
import { freeBytesAt } from '../../journal/ballast.ts';
import { StorageFault } from '../../kernel/errors.ts';

const obstacle = smallDiskObstacle();
const named = (name: string) => (obstacle === null ? name : `${name} (SKIPPED: ${obstacle})`);

let small: SmallDisk;
beforeEach(() => {
  if (obstacle === null) small = makeSmallDisk(8);
});
afterEach(() => {
  if (obstacle === null) small.remove();
});

test.skipIf(obstacle !== null)(
  named(
    'a full disk acknowledges nothing, loses nothing acknowledged, and goes on when there is room',
  ),
  async () => {
    const { folder: disk } = small;
    const rig = new JournalsRig(disk);
    const station = await rig.station('station-1');
    const records = Array.from({ length: 64 }, () => () => actionRecord(null));
    const sent: MadeSegment[] = [];
    const acknowledged: number[] = [];
    small.fill(3 * 1024 * 1024);
    let fault: unknown = null;
    while (fault === null) {
      const made = sealFor(station, ...records);
      sent.push(made);
      try {
        const { kind } = await rig.send(station, made);
        if (kind === 'stored') acknowledged.push(made.first);
      } catch (error) {
        fault = error;
      }
    }
    expect(fault).toBeInstanceOf(StorageFault);
    expect((fault as StorageFault).kind).toBe('full');
    expect(freeBytesAt(disk)).toBeLessThan(1024 * 1024);
    // Reading goes on meanwhile.
    expect((await rig.inbox.arrivals(0, 999)).map(({ first }) => first)).toEqual(acknowledged);
    small.clear();
    for (const made of sent) {
      const { kind } = await rig.send(station, made);
      expect(kind).toBe(acknowledged.includes(made.first) ? 'known' : 'stored');
    }
    await rig.openAll();
    expect(await rig.held()).toHaveLength(sent.length * 64);
    await rig.close();
  },
);
