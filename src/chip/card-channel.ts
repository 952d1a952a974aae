/** A card on a reader, for as long as it lies there. One command at a time. */
export interface CardChannel {
  /**
   * Sends a command APDU, gives the response APDU (data and status word), neither interpreted. Throws DeviceFault when
   * the card or the reader is gone or does not answer in time.
   */
  transmit(command: Uint8Array): Promise<Uint8Array>;
}
