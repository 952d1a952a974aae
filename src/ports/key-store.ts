/**
 * How well secrets are kept (security E3). file: in files of one user, which protect nothing against whoever takes the
 * box or its disk. tpm: sealed to this machine's chip, which protects a disk that is off.
 */
export type KeyGrade = 'file' | 'tpm';

/** Where a station's secrets lie, each under a name of `a-z0-9.-`. Everything written is durable once it returns. */
export interface KeyStore {
  readonly grade: KeyGrade;
  /** For people: where it is. */
  describe(name: string): string;
  /** Null when there is none of that name. */
  read(name: string): Uint8Array | null;
  /** The secret of that name, made when there is none; of two who make it at once, both get the same. */
  readOrMake(name: string, make: () => Uint8Array): Uint8Array;
  /** Puts a secret in place of the one there, which is whole until then. */
  write(name: string, secret: Uint8Array): void;
  /** Destroys a secret as far as the medium lets it; nothing happens when there is none. */
  remove(name: string): void;
  /** Names, sorted. */
  list(): readonly string[];
}
