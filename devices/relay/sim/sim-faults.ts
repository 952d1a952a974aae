/** What a simulated board can do wrong, chosen at run time. */
export type SimFault =
  /** Hears nothing. `orders`: nothing that would change an output. */
  | { readonly kind: 'silent'; readonly what: 'orders' | 'all' }
  /** Does what it is told, but its answer comes so late. */
  | { readonly kind: 'late'; readonly delayMs: number }
  /** Answers under another unit's address. */
  | { readonly kind: 'other-unit'; readonly unit: number }
  /** A bit of every answer is turned over. */
  | { readonly kind: 'garbled' }
  /** Answers every request with this exception. */
  | { readonly kind: 'exception'; readonly code: number }
  /** Takes orders and does not carry them out. */
  | { readonly kind: 'deaf' };

/** The fault in force, and for how many requests more; Infinity until it is mended. */
export class SimFaults {
  #fault: SimFault | null = null;
  #requests = 0;

  set(fault: SimFault, requests = Number.POSITIVE_INFINITY): void {
    this.#fault = fault;
    this.#requests = requests;
  }

  mend(): void {
    this.#fault = null;
  }

  /** What befalls a request. */
  take(isOrder: boolean): SimFault | null {
    const fault = this.#fault;
    if (fault === null || (fault.kind === 'silent' && fault.what === 'orders' && !isOrder)) {
      return null;
    }
    this.#requests -= 1;
    if (this.#requests <= 0) this.#fault = null;
    return fault;
  }
}
