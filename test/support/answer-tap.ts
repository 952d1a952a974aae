import { guarded } from './guarded.ts';

/** Everything an event stream of a station sends, from now on. */
export class AnswerTap {
  text = '';
  readonly #stop = new AbortController();
  #heard: () => void = () => undefined;

  static async open(url: string, headers: Readonly<Record<string, string>>): Promise<AnswerTap> {
    const tap = new AnswerTap();
    const stream = await fetch(url, { headers, signal: tap.#stop.signal });
    void tap.#listen(stream).catch(() => undefined);
    return tap;
  }

  /** Resolves once it has sent `text`. */
  until(text: string): Promise<void> {
    const sent = new Promise<void>((resolve) => {
      this.#heard = () => {
        if (this.text.includes(text)) resolve();
      };
      this.#heard();
    });
    return guarded('an event', sent);
  }

  close(): void {
    this.#stop.abort();
  }

  async #listen({ body }: Response): Promise<void> {
    if (body === null) return;
    for await (const part of body.pipeThrough(new TextDecoderStream())) {
      this.text += part;
      this.#heard();
    }
  }
}
