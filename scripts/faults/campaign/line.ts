import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

/** A request so long is a segment, not a question. */
const SEGMENT_BYTES_MIN = 10_000;

type Pair = {
  readonly near: Socket;
  readonly far: Socket;
  /** Bytes that went up since the hub last said something. */
  asked: number;
};

export type LineCounts = { cut: number; cutInside: number; lostReplies: number; refused: number };

/** The line of the campaign: a TCP proxy between stations and hub that fails in every way a line does. */
export class CampaignLine {
  readonly counts: LineCounts = { cut: 0, cutInside: 0, lostReplies: 0, refused: 0 };
  readonly #server: Server;
  readonly #pairs = new Set<Pair>();
  readonly #onUp: (bytes: number) => void;
  #target = 0;
  #isOpen = true;
  #isStalled = false;
  #repliesToLose = 0;
  #cutAt: number | null = null;

  private constructor(onUp: (bytes: number) => void) {
    this.#onUp = onUp;
    this.#server = createServer((near) => this.#take(near));
  }

  /** `onUp` is told how many bytes a station sent. */
  static async open(onUp: (bytes: number) => void): Promise<CampaignLine> {
    const line = new CampaignLine(onUp);
    await new Promise<void>((resolve) => line.#server.listen(0, '127.0.0.1', resolve));
    return line;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** Where the hub listens now. */
  leadTo(port: number): void {
    this.#target = port;
  }

  cut(): void {
    for (const pair of this.#pairs) this.#break(pair, 'cut');
  }

  /** The next connection that carries so many bytes of a request breaks there. */
  cutInside(bytes: number): void {
    this.#cutAt = bytes;
  }

  /** The next replies to segments are lost after the hub gave them. */
  loseReplies(count: number): void {
    this.#repliesToLose += count;
  }

  /** Nothing goes through, and nobody is told. */
  stall(): void {
    this.#isStalled = true;
    for (const { near, far } of this.#pairs) {
      near.pause();
      far.pause();
    }
  }

  /** What was held up arrives, late. */
  goOn(): void {
    this.#isStalled = false;
    for (const { near, far } of this.#pairs) {
      near.resume();
      far.resume();
    }
  }

  refuse(): void {
    this.#isOpen = false;
    this.cut();
  }

  /** Everything that is broken is whole from now on. */
  heal(): void {
    this.#isOpen = true;
    this.#repliesToLose = 0;
    this.#cutAt = null;
    this.goOn();
  }

  async close(): Promise<void> {
    this.cut();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #take(near: Socket): void {
    near.on('error', () => {});
    if (!this.#isOpen) {
      this.counts.refused++;
      near.resetAndDestroy();
      return;
    }
    const far = connect({ host: '127.0.0.1', port: this.#target });
    const pair: Pair = { near, far, asked: 0 };
    this.#pairs.add(pair);
    far.on('error', () => {});
    near.on('data', (bytes) => this.#up(pair, bytes));
    far.on('data', (bytes) => this.#down(pair, bytes));
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      one.on('close', () => {
        this.#pairs.delete(pair);
        other.destroy();
      });
    }
    if (!this.#isStalled) return;
    near.pause();
    far.pause();
  }

  #up(pair: Pair, bytes: Buffer): void {
    pair.asked += bytes.length;
    if (this.#cutAt !== null && pair.asked >= this.#cutAt) {
      this.#cutAt = null;
      this.#break(pair, 'cutInside');
      return;
    }
    pair.far.write(bytes);
    this.#onUp(bytes.length);
  }

  #down(pair: Pair, bytes: Buffer): void {
    if (this.#repliesToLose > 0 && pair.asked >= SEGMENT_BYTES_MIN) {
      this.#repliesToLose--;
      this.#break(pair, 'lostReplies');
      return;
    }
    pair.asked = 0;
    pair.near.write(bytes);
  }

  #break(pair: Pair, why: keyof LineCounts): void {
    this.counts[why]++;
    this.#pairs.delete(pair);
    pair.near.resetAndDestroy();
    pair.far.resetAndDestroy();
  }
}
