/**
 * Producers of the connector protocol that never rest: each comes to some worker, sends its stream
 * for a while, leaves in the middle and comes to another one, or goes where a RESTART sends it.
 */
import type { Prng } from "../../../src/base/prng.ts";
import { NEVER, say } from "../../support/bridge-client.ts";
import { Producer } from "../../support/bridge-producer.ts";

const STAY_MS_MAX = 4_000;
const AGAIN_MS = 50;
const FIRST_MESSAGES = 100;
const MORE_MESSAGES = 40;

/** What is known of a stream, whoever sends it. */
export class Stream {
  readonly id: number;
  /** The last message that anybody sent. */
  sent = 0;
  /** The last that any producer was told to be durable. */
  durable = 0;
  grants = 0;
  refusals = 0;

  constructor(id: number) {
    this.id = id;
  }
}

export class RestlessProducer {
  readonly #stream: Stream;
  readonly #prng: Prng;
  readonly #ports: () => Promise<readonly number[]>;
  #isStopping = false;
  #sentTo: number | undefined;
  #live: Promise<void> | undefined;
  #now: Producer | undefined;
  connections = 0;

  constructor(stream: Stream, prng: Prng, ports: () => Promise<readonly number[]>) {
    this.#stream = stream;
    this.#prng = prng;
    this.#ports = ports;
  }

  start(): void {
    this.#live = this.#run(() => this.#prng.below(STAY_MS_MAX));
    // Who stops it hears of it.
    this.#live.catch(() => undefined);
  }

  /** @throws what it found to be wrong */
  async stop(): Promise<void> {
    this.#isStopping = true;
    this.#now?.leave();
    await this.#live;
  }

  /** Sends all that was ever sent to its end, wherever it has to go for that. */
  async finish(deadlineMs: number): Promise<void> {
    this.#isStopping = false;
    const { sent } = this.#stream;
    const timer = setTimeout(() => void this.stop().catch(() => undefined), deadlineMs);
    await this.#run(() => STAY_MS_MAX, sent);
    clearTimeout(timer);
    const { id, durable } = this.#stream;
    if (durable < sent) throw new Error(`of stream ${id} ${durable} of ${sent} are durable`);
  }

  /** `last`: until that is durable. */
  async #run(stayMs: () => number, last = Infinity): Promise<void> {
    while (!this.#isStopping && this.#stream.durable < last) {
      const port = this.#sentTo ?? (await this.#somePort());
      this.#sentTo = undefined;
      if (port === undefined) {
        await Bun.sleep(AGAIN_MS);
        continue;
      }
      const one = (this.#now = new Producer(port));
      const timer = setTimeout(() => one.leave(), stayMs());
      const wrong = await this.#visit(one, last);
      clearTimeout(timer);
      one.leave();
      if (wrong !== undefined) throw wrong;
    }
  }

  async #somePort(): Promise<number | undefined> {
    const ports = await this.#ports().catch(() => []);
    return ports[this.#prng.below(Math.max(1, ports.length))];
  }

  /** One connection. Gives what was wrong; that it breaks is not. */
  async #visit(one: Producer, last: number): Promise<Error | undefined> {
    const stream = this.#stream;
    let next: number | undefined;
    const send = (count: number): void => {
      if (next === undefined || this.#isStopping) return;
      const end = Math.min(next + count - 1, last);
      const messages: Buffer[] = [];
      for (; next <= end; next++) {
        messages.push(say.message(stream.id, next, `${stream.id}:${next}`));
      }
      stream.sent = Math.max(stream.sent, next - 1);
      if (messages.length > 0) one.send(...messages);
    };
    one.send(say.hello(), say.notify(stream.id));
    for (;;) {
      const said = await one.hears("").catch(() => undefined);
      if (said === undefined) return undefined;
      const [type, isGranted, , point] = said.split(" ");
      if (type === "ok") this.connections++;
      else if (type === "notify_ack" && isGranted === "yes") {
        stream.grants++;
        const from = point === NEVER ? 0 : Number(point);
        if (from < stream.durable) {
          return new Error(`stream ${stream.id} goes on at ${from} behind ${stream.durable}`);
        }
        stream.durable = from;
        if (from >= last) return undefined;
        next = from + 1;
        send(FIRST_MESSAGES);
      } else if (type === "notify_ack") stream.refusals++;
      else if (type === "ack") {
        for (const [, id, to] of said.matchAll(/ (\d+):(\d+)/g)) {
          if (Number(id) !== stream.id) return new Error(`it was told of another's: ${said}`);
          stream.durable = Math.max(stream.durable, Number(to));
        }
        if (stream.durable >= last) return undefined;
        if (next === undefined) one.send(say.notify(stream.id));
        else send(MORE_MESSAGES);
      } else if (type === "restart") this.#sentTo = Number(said.split(":").at(-1));
      else return new Error(`it was told: ${said}`);
    }
  }
}
