import type { Journal } from '../../journal/journal.ts';
import type { Uploads } from '../../journal/uploads.ts';

/** What the uplink needs of the station's journal. */
export type UploadJournal = Pick<Journal, 'epochs' | 'linkAt' | 'head' | 'startEpoch' | 'state'> & {
  readonly uploads: Pick<
    Uploads,
    | 'unsent'
    | 'unsentCount'
    | 'segmentBytes'
    | 'lastReceipt'
    | 'acknowledge'
    | 'noteOpened'
    | 'forgetAcknowledged'
    | 'prune'
  >;
};
