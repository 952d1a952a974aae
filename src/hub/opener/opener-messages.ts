import type { Incident } from '../ingest-port.ts';

/** What the hub tells its opener. The database key goes this way and not by argument or environment, where others see it. */
export type OpenerOrder =
  | {
      readonly kind: 'start';
      /** Holds the inbox and the index. */
      readonly folder: string;
      readonly recipients: string;
      /** 64 hexadecimal digits. */
      readonly databaseKey: string;
    }
  | { readonly kind: 'stored' };

export type OpenerNews =
  | { readonly kind: 'indexed'; readonly records: number }
  | { readonly kind: 'incident'; readonly incident: Incident }
  | { readonly kind: 'key-unfit'; readonly file: string; readonly why: string };
