import type { StationConfig } from '../station/config-schema.ts';

export type RelayHost = { readonly id: string; readonly host: string };

/** Boards that take orders over the network. */
export function relayHosts({ board }: StationConfig): readonly RelayHost[] {
  return board.flatMap(({ id, host }) => (host === undefined ? [] : [{ id, host }]));
}
