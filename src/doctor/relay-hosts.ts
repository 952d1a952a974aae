import type { StationConfig } from '../station/config-schema.ts';

export type RelayHost = { readonly id: string; readonly host: string };

/** Boards that take orders over the network. */
export function relayHosts(config: StationConfig): readonly RelayHost[] {
  const { board = [] } = config as StationConfig & {
    readonly board?: readonly { readonly id: string; readonly host?: string }[];
  };
  return board.flatMap(({ id, host }) => (host === undefined ? [] : [{ id, host }]));
}
