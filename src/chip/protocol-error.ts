/**
 * A card did not keep to its protocol, or a file on it is not what it should be. `code` is for programs and screens
 * (`tlv.truncated`, `pace.token`); the message is for whoever looks into it, and names no value of a person or key.
 */
export class ProtocolError extends Error {
  override readonly name = 'ProtocolError';
  readonly code: string;

  constructor(code: string, message: string, options?: ErrorOptions) {
    super(`${message} (${code})`, options);
    this.code = code;
  }
}

/** What `read` gives, or null where what it read is not what it should be. */
export function understand<T>(read: () => T): T | null {
  try {
    return read();
  } catch (error) {
    if (error instanceof ProtocolError) return null;
    throw error;
  }
}
