/** Two workers with a link between them under simulated time: one sends, the other notes. */
import { drainMicrotasks } from "bun:jsc";
import { Prng } from "../../src/base/prng.ts";
import { FRAME, LinkClient, LinkServer, ReceiveChannel } from "../../src/exchange/link.ts";
import type { ChannelSender, FrameType } from "../../src/exchange/link.ts";
import { systemCrypto } from "../../src/host/system-crypto.ts";
import type { Generation } from "../../src/model/placement.ts";
import { FakeClock } from "./fake-clock.ts";
import { NotedLog } from "./noted-log.ts";
import { TwoEndedNetwork } from "./two-ended-network.ts";

export const TOKEN = Buffer.from("a token of thirty-two characters");
export const GENERATION: Generation = { leaderEpoch: 3, attempt: 2 };
const TYPES: readonly FrameType[] = [FRAME.barrier, FRAME.watermark, FRAME.data];
const HEADER = 8;

/** The receiving end of a channel: checks each frame when it comes, and consumes it later. */
export class Receiver {
  readonly channel: ReceiveChannel;
  readonly wrong: string[] = [];
  received = 0;
  mostWaiting = 0;
  isEnded = false;
  /** Sizes that were handed on and are not consumed. */
  readonly sizes: number[] = [];

  constructor(id: number, window: number) {
    this.channel = new ReceiveChannel(id, (type, bytes, start, end) => {
      const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
      const [channel, number] = [view.getUint32(start), view.getUint32(start + 4)];
      this.received++;
      if (channel !== id) this.wrong.push(`frame of channel ${channel} in ${id}`);
      if (number !== this.received) this.wrong.push(`${number} came as number ${this.received}`);
      if (end > start + HEADER && bytes[end - 1] !== number % 251) this.wrong.push("content");
      if (type === FRAME.end) this.isEnded = true;
      if (type !== FRAME.data) return;
      const waiting = this.sizes.reduce((sum, size) => sum + size, 0);
      if (waiting > 0 && waiting + end - start > window) {
        this.wrong.push(`${waiting + end - start} bytes wait, ${window} were granted`);
      }
      this.mostWaiting = Math.max(this.mostWaiting, waiting + end - start);
      this.sizes.push(end - start);
    });
  }

  consumeOne(): void {
    const size = this.sizes.shift();
    if (size !== undefined) this.channel.consumed(size);
  }
}

export class Sender {
  readonly channel: ChannelSender;
  sent = 0;
  stalls = 0;
  dataSent = 0;

  constructor(channel: ChannelSender) {
    this.channel = channel;
  }

  send(type: FrameType, size: number): void {
    this.sent++;
    // Neither starts at 0 nor ends with its memory, so that both offsets count.
    const bytes = new Uint8Array(3 + HEADER + size + 2).fill(this.sent % 251);
    const view = new DataView(bytes.buffer);
    view.setUint32(3, this.channel.id);
    view.setUint32(7, this.sent);
    this.channel.send(type, bytes, 3, 3 + HEADER + size);
    if (type === FRAME.data) this.dataSent += HEADER + size;
  }
}

export class LinkWorld {
  readonly clock = new FakeClock();
  readonly prng: Prng;
  readonly network: TwoEndedNetwork;
  readonly window: number;
  readonly log = new NotedLog();
  receivers: Receiver[] = [];
  senders: Sender[] = [];
  server!: LinkServer;
  client!: LinkClient;
  readonly lost: Error[] = [];
  readonly #total: number;

  constructor(seed: number, channels: number, window: number) {
    this.prng = new Prng(seed);
    this.network = new TwoEndedNetwork(this.clock, new Prng(seed + 1));
    this.window = window;
    this.#total = channels;
  }

  get ports() {
    const { clock, network, prng, log } = this;
    const random = { next: () => prng.next(), u32: () => prng.u32() };
    return { clock, network, random, log, crypto: systemCrypto() };
  }

  async open(): Promise<void> {
    const address = { host: "far", port: 7 };
    const { ports, window } = this;
    this.server = await LinkServer.listen({
      ...ports,
      token: TOKEN,
      self: "w2",
      address,
      windowBytes: window,
    });
    this.receivers = Array.from({ length: this.#total }, (_, id) => new Receiver(id, window));
    this.expect();
    this.client = this.dial();
    this.senders = this.receivers.map((_, id) => new Sender(this.client.channel(id)));
  }

  expect(generation: Generation = GENERATION): Disposable {
    const channels = this.receivers.map(({ channel }) => channel);
    return this.server.expect(generation, "w1", channels, { job: "job" });
  }

  dial(options: Partial<ConstructorParameters<typeof LinkClient>[0]> = {}): LinkClient {
    return new LinkClient({
      ...this.ports,
      token: TOKEN,
      self: "w1",
      job: "job",
      peer: { name: "w2", address: this.server.address },
      generation: GENERATION,
      onLost: (error) => this.lost.push(error),
      ...options,
    });
  }

  /** Lets simulated time pass. */
  run(ms: number): void {
    const end = this.clock.now() + ms;
    drainMicrotasks();
    while (this.clock.step(end)) drainMicrotasks();
    this.clock.advance(end - this.clock.now());
  }

  /** Sends a frame of any kind on any channel, if it may. */
  sendSome(): void {
    const sender = this.prng.pick(this.senders);
    const type = this.prng.pick(TYPES);
    if (type === FRAME.data && sender.channel.credit <= 0) {
      sender.stalls++;
      return;
    }
    const most = this.prng.below(20) === 0 ? this.window * 2 : this.window / 3;
    sender.send(type, type === FRAME.data ? this.prng.below(most) : this.prng.below(10));
  }

  /** What is wrong by now: what came twice, out of order, or beyond what was granted. */
  get wrong(): string[] {
    return this.receivers.flatMap(({ wrong }) => wrong);
  }

  get isComplete(): boolean {
    return this.receivers.every(({ received }, id) => received === this.senders[id]!.sent);
  }
}
