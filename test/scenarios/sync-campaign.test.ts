import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { campaignSize, planCampaign } from '../../scripts/faults/campaign/plan.ts';
import { runCampaign } from '../../scripts/faults/campaign/run-campaign.ts';

const SEED = 1;
const isFull = process.env['CHOT_SOAK'] === '1';
const RECORDS = isFull ? 1_000_000 : 20_000;
/** The alarm that the faults explain. */
const EXPLAINED = 'hub.restored';
const obstacle =
  process.platform === 'linux' ? null : 'needs Linux: /proc names the opener, mkfifo is the pipe';

let base: string;
beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), 'chot-campaign-'));
});
afterEach(() => rmSync(base, { recursive: true, force: true, maxRetries: 10 }));

test.skipIf(obstacle !== null)(
  `whatever is killed, cut, lost or put back, the hub ends with what the lanes saw acknowledged${obstacle === null ? '' : ` (SKIPPED: ${obstacle})`}`,
  async () => {
    const plan = planCampaign(campaignSize(RECORDS, SEED));
    const outcome = await runCampaign(base, plan);
    expect(outcome.verdict.problems).toEqual([]);
    expect(outcome.verdict.acknowledged).toBeGreaterThanOrEqual(RECORDS);
    // Nothing is there that no barrier saw, but for the one transaction that each kill may have cut off from its answer.
    expect(outcome.verdict.held).toBe(outcome.verdict.acknowledged + outcome.verdict.unheard);
    // What nobody caused is not there: no incident at the hub, no alarm but that it was restored.
    expect(outcome.incidents).toEqual([]);
    expect(Object.keys(outcome.alarms).filter((code) => code !== EXPLAINED)).toEqual([]);
    // The faults did strike.
    const { kills, restores, line, gapsNamed } = outcome;
    expect({ restores, isHubKilled: kills.hub > 0, isOpenerKilled: kills.opener > 0 }).toEqual({
      ...{ restores: isFull ? 8 : 2, isHubKilled: true, isOpenerKilled: true },
    });
    for (const count of [kills.stations, line.cut, line.cutInside, line.lostReplies, line.stalls]) {
      // How often depends on how fast the machine is; that each did strike is the point.
      expect(count).toBeGreaterThan(0);
    }
    expect(gapsNamed).toBeGreaterThan(0);
  },
  isFull ? 7_200_000 : 300_000,
);
