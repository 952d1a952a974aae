/** One opened way to boards, closed for good when it was lost or told to. */
export interface Link {
  /** Nothing once it is closed. */
  write(bytes: Uint8Array): void;
  /** Whether what was opened is still there: an unread port would never tell. */
  isThere(): Promise<boolean>;
  /** Whoever closes it, and perhaps twice. */
  onClosed(listener: () => void): void;
  close(): Promise<void>;
}

export type LinkFault = {
  /** Second half of a reason code. */
  readonly cause: 'not-found' | 'busy' | 'denied' | 'fault' | 'unreachable';
  readonly detail: string;
};

/** Never rejects. */
export type OpenLink = (onBytes: (bytes: Uint8Array) => void) => Promise<Link | LinkFault>;

export function isFault(opened: Link | LinkFault): opened is LinkFault {
  return 'cause' in opened;
}
