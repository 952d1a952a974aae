import { createHash } from 'node:crypto';
import type { Clock } from '../ports/clock.ts';
import { Authorities } from './authority/authorities.ts';
import { Signer } from './authority/signer.ts';
import type { HubDirectory } from './hub-directory.ts';
import type { RaiseIncident } from './ingest-port.ts';
import { Publisher } from './registers/publisher.ts';
import { type PublishingGuard, RegisterDesk } from './registers/register-desk.ts';
import type { RunElsewhere } from './registers/register-job.ts';
import { signAnew } from './statements-desk.ts';
import type { RevocationReason, StationActions } from './stations/station-actions.ts';
import { CODE_MS, StationDesk } from './stations/station-desk.ts';
import { openToAnyToken } from './stations/tokens.ts';
import type { HubStore } from './store/hub-store.ts';

export type DeskOptions = {
  readonly directory: HubDirectory;
  readonly store: HubStore;
  readonly clock: Clock;
  readonly guard: PublishingGuard;
  /** How long a status lasts whose `until` is empty, by register. */
  readonly defaultDays: Readonly<Record<string, number>>;
  readonly raise: RaiseIncident;
  /** Where long lists are worked on; null: here. */
  readonly elsewhere: RunElsewhere | null;
  /** After every new manifest. */
  readonly published: (region: string) => Promise<void>;
  readonly revoked: (station: string, reason: RevocationReason) => void;
};

/** What is done at a hub, by its daemon or by a command beside it. */
export type Desks = {
  readonly authorities: Authorities;
  readonly signer: Signer;
  readonly desk: StationDesk;
  readonly publisher: Publisher;
  readonly registerDesk: RegisterDesk;
  readonly actions: StationActions;
  /** Issues a region's manifest anew when it is due; true if so. */
  readonly keepIssued: (region: string) => Promise<boolean>;
  /** Signs its policy and mandate anew when another key signs now; true if so. */
  readonly keepSigned: (region: string) => Promise<boolean>;
};

export async function openDesks(options: DeskOptions): Promise<Desks> {
  const { directory, store, clock, raise, published, guard, defaultDays, elsewhere } = options;
  const authorities = new Authorities(directory, store);
  await authorities.refresh();
  const signer = new Signer(store, directory, clock);
  const desk = new StationDesk({ store, clock, raise, authority: () => authorities.newest() });
  const publisher = new Publisher({ store, directory, signer, clock, published });
  const registerDesk = new RegisterDesk({
    ...{ store: store.registers, publisher, clock, guard, defaultDays, elsewhere },
  });
  const whole = (call: 'newGeneration' | 'reissue', region: string) =>
    elsewhere === null
      ? publisher[call](region)
      : publisher.elsewhere(region, () => elsewhere({ call, region }));
  const actions: StationActions = {
    invite: async (asked) => {
      const atMs = clock.wallMs();
      const { raw } = authorities.oldest(atMs).certificate;
      const code = await desk.invite(asked, createHash('sha256').update(raw).digest());
      return { code, expiresMs: atMs + CODE_MS };
    },
    revoke: async (station, reason) => {
      const known = await store.stations.get(station);
      if (known === null) return false;
      await store.stations.revoke(station, clock.wallMs());
      options.revoked(station, reason);
      // Security E2: whoever has the station has its register key.
      if (reason === 'stolen') await whole('newGeneration', known.region);
      return true;
    },
    clearCopied: (station) => openToAnyToken(store.stations, station),
  };
  const keepIssued = async (region: string) => {
    const isDue = await publisher.isDue(region);
    if (isDue) await whole('reissue', region);
    return isDue;
  };
  const keepSigned = async (region: string) => {
    const isAnew = await signAnew({ store, signer, clock }, region);
    if (isAnew) await published(region);
    return isAnew;
  };
  const kept = { keepIssued, keepSigned };
  return { authorities, signer, desk, publisher, registerDesk, actions, ...kept };
}
