// The campaign "records under faults", by hand: `node dist/scripts/faults/sync-campaign.js [records] [seed] [stations] [rounds]`.
// Prints its outcome as JSON; exit status 1 when something is wrong.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { campaignSize, planCampaign } from './campaign/plan.ts';
import { runCampaign } from './campaign/run-campaign.ts';

const [records = 20_000, seed = 1, stations, rounds] = process.argv.slice(2).map(Number);
const size = campaignSize(records, seed);
const base = mkdtempSync(join(tmpdir(), 'chot-campaign-'));
try {
  const plan = planCampaign({
    ...size,
    ...(stations === undefined ? {} : { stations }),
    ...(rounds === undefined ? {} : { rounds }),
  });
  const outcome = await runCampaign(base, plan);
  console.log(JSON.stringify(outcome, null, 2));
  if (outcome.verdict.problemCount > 0) process.exitCode = 1;
} finally {
  rmSync(base, { recursive: true, force: true, maxRetries: 10 });
}
