/** The dialling end of a link by hand: it proves itself, and then says what it likes. */
import { FrameCutter } from "../../src/exchange/frame-cutter.ts";
import { FRAME, makeFrame, type FrameType } from "../../src/exchange/frame.ts";
import { helloBytes, plainBytes, proofOf, readChallenge } from "../../src/exchange/link-hello.ts";
import { systemCrypto } from "../../src/host/system-crypto.ts";
import type { Generation } from "../../src/model/placement.ts";
import type { Connection } from "../../src/ports/network.ts";
import { GENERATION, TOKEN, type LinkWorld } from "./link-world.ts";

const crypto = systemCrypto();

export interface Said {
  readonly type: FrameType;
  readonly channel: number;
  readonly sequence: number;
  readonly text: string;
}

export class RawDialer {
  readonly said: Said[] = [];
  isClosed = false;
  generation = GENERATION;
  token: Uint8Array = TOKEN;
  peer = "w2";
  job = "job";
  #connection: Connection | undefined;
  readonly #nonce = crypto.secret(32);

  constructor(world: LinkWorld, isGreeting = true) {
    const cutter = new FrameCutter(crypto);
    const dialled = world.network.connect(world.server.address, (connection) => {
      this.#connection = connection;
      return {
        data: (chunk) =>
          cutter.push(chunk, (frame) => {
            const { type, channel, sequence, bytes, start, end } = frame;
            const text = Buffer.from(bytes).toString("latin1", start, end);
            this.said.push({ type, channel, sequence, text });
            if (type === FRAME.challenge) this.#prove(readChallenge(frame));
            return true;
          }),
        drain: () => undefined,
        close: () => void (this.isClosed = true),
      };
    });
    dialled.catch(() => undefined);
    world.run(6);
    if (isGreeting) this.greet();
  }

  get types(): readonly FrameType[] {
    return this.said.map(({ type }) => type);
  }

  /** All of it, though the connection may take it in pieces: it has room. */
  write(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length;) {
      const taken = this.#connection?.write(bytes, at, bytes.length) ?? -1;
      if (taken < 0) return;
      at += taken;
    }
  }

  send(
    type: FrameType,
    channel = 0,
    sequence = 0,
    payload: Uint8Array = new Uint8Array(0),
    generation: Generation = this.generation,
  ): void {
    this.write(makeFrame(type, generation, channel, sequence, crypto, payload));
  }

  greet(): void {
    this.send(FRAME.hello, 0, 0, helloBytes(this.#hello));
  }

  #prove(nonce: Uint8Array): void {
    const proof = proofOf("dialer", crypto, this.token, this.generation, this.#hello, nonce);
    this.send(FRAME.proof, 0, 0, plainBytes([proof]));
  }

  get #hello() {
    return { job: this.job, self: "w1", peer: this.peer, nonce: this.#nonce };
  }
}
