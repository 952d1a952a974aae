/** One named statement about a vector. */
export type Case = readonly [what: string, holds: boolean];

/** A vector as the files have it: hexadecimal, mostly. */
export type Vector = {
  readonly id: string;
  readonly in: Readonly<Record<string, string>>;
  readonly out: Readonly<Record<string, string>>;
};

export const hex = (text = ''): Uint8Array => Uint8Array.from(Buffer.from(text, 'hex'));
export const toHex = (bytes: Uint8Array): string =>
  Buffer.from(bytes).toString('hex').toUpperCase();
