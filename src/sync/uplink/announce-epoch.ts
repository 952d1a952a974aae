import { Type } from 'typebox';
import { fromHex, toHex } from '../../kernel/bytes.ts';
import type { Failure } from '../line/hub-calls.ts';
import { epochProofBytes } from '../protocol/proofs.ts';
import type { EpochRequest } from '../protocol/wire.ts';
import type { OwnEpoch } from './own-journal.ts';
import type { UplinkDeps } from './uplink-deps.ts';

/** Tells the hub of an epoch before segments of it are sent; null when it knows it now. */
export async function announceEpoch(
  own: OwnEpoch,
  { calls, identity }: Pick<UplinkDeps, 'calls' | 'identity'>,
  signal: AbortSignal,
): Promise<Failure | null> {
  const { region, station, sign } = identity;
  const { first, previous, reason } = own;
  const epoch = fromHex(own.epoch) ?? new Uint8Array();
  const proof = sign(epochProofBytes({ region, station, epoch, first, previous, reason }));
  const body: EpochRequest = {
    ...{ epoch: own.epoch, first, previous: toHex(previous), reason },
    proof: toHex(proof),
  };
  const reply = await calls.postJson('/v1/epochs', body, Type.Unknown(), signal);
  return reply.kind === 'ok' ? null : reply;
}
