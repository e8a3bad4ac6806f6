/**
 * A receiver of the connector protocol that commits in two phases, written from its page and not
 * from our codec. It is as strict as those in the field: what a sink may not do is a violation.
 */
import { COOKIE, frame, parts } from "./bridge-client.ts";
import { GrowingBytes } from "./growing-bytes.ts";

const { short, u32, u64 } = parts;

interface Transaction {
  readonly isYes: boolean;
  readonly start: number;
  readonly end: number;
}

/** What a receiver keeps of one sink's connection, whatever happens to it. */
interface Store {
  readonly bytes: GrowingBytes;
  committed: number;
  readonly undecided: Map<string, Transaction>;
}

/** What a test lets happen when the receiver has to vote; the default is a yes. */
export type Vote = "yes" | "no" | "silence" | "twice" | "close before" | "close after";

export interface ReceiverLine {
  send(bytes: Buffer): void;
  close(): void;
}

export class Receiver {
  readonly stores = new Map<string, Store>();
  readonly active = new Map<string, ReceiverSession>();
  /** What a sink did that it may not. */
  readonly violations: string[] = [];
  /** All that was said about transactions, in order. */
  readonly said: string[] = [];
  vote: (transaction: string) => Vote = () => "yes";
  /** Whether a decision is taken, or lost with the connection; `"late"`: taken, then lost. */
  onPhase2: (transaction: string) => "take" | "lose" | "late" = () => "take";
  /** Called when records are committed, with the transaction that did it. */
  onCommit: (transaction: string, text: string) => void = () => undefined;
  /** Some that exist always say 0. */
  saysWhereItStands = true;
  credits = 500;
  cookie = COOKIE;

  /** The committed bytes of the connection of a sink. */
  visible(instance = "job.out.0"): string {
    const store = this.stores.get(instance);
    return store === undefined ? "" : store.bytes.text(0, store.committed);
  }

  connect(line: ReceiverLine): ReceiverSession {
    return new ReceiverSession(this, line);
  }

  /** The process dies: what is not committed or prepared is gone. */
  crash(): void {
    for (const session of this.active.values()) session.line.close();
    this.active.clear();
    for (const store of this.stores.values()) truncate(store);
  }

  /** The disk dies in part: what was prepared is gone. */
  forget(): void {
    for (const store of this.stores.values()) store.undecided.clear();
    this.crash();
  }
}

export class ReceiverSession {
  readonly #receiver: Receiver;
  readonly line: ReceiverLine;
  #held: Buffer = Buffer.alloc(0);
  #instance: string | undefined;
  #isClosed = false;

  constructor(receiver: Receiver, line: ReceiverLine) {
    this.#receiver = receiver;
    this.line = line;
  }

  feed(chunk: Uint8Array): void {
    this.#held = Buffer.concat([this.#held, chunk]);
    while (!this.#isClosed && this.#held.length >= 4) {
      const end = 4 + this.#held.readUInt32BE(0);
      if (this.#held.length < end) return;
      const body = this.#held.subarray(4, end);
      this.#held = this.#held.subarray(end);
      this.#take(body);
    }
  }

  closed(): void {
    this.#isClosed = true;
    const { active } = this.#receiver;
    if (this.#instance !== undefined && active.get(this.#instance) === this) {
      active.delete(this.#instance);
    }
  }

  #close(): void {
    this.closed();
    this.line.close();
  }

  #take(body: Buffer): void {
    if (body[0] === 0) this.#hello(body);
    else if (body[0] === 3) this.#notify(body);
    else if (body[0] === 5) this.#message(body);
    else this.#wrong(`a frame of tag ${body[0]}`);
  }

  #wrong(what: string): void {
    this.#receiver.violations.push(what);
  }

  #hello(body: Buffer): void {
    const texts: string[] = [];
    for (let at = 1; at < body.length;) {
      const end = at + 2 + body.readUInt16BE(at);
      texts.push(body.subarray(at + 2, end).toString());
      at = end;
    }
    const [version, cookie, , instance] = texts;
    const { active, stores } = this.#receiver;
    if (version !== "v0.0.1") this.#wrong(`version ${version}`);
    if (cookie !== this.#receiver.cookie) {
      this.line.send(frame(2, short("bad cookie")));
      this.#close();
      return;
    }
    if (active.has(instance!)) {
      this.line.send(frame(2, short(`Hello message from ${instance}: already active`)));
      this.#close();
      return;
    }
    this.#instance = instance!;
    active.set(instance!, this);
    const store = stores.get(instance!);
    if (store === undefined) {
      stores.set(instance!, { bytes: new GrowingBytes(), committed: 0, undecided: new Map() });
    } else truncate(store);
    this.line.send(frame(1, u32(this.#receiver.credits)));
  }

  get #store(): Store {
    return this.#receiver.stores.get(this.#instance!)!;
  }

  #notify(body: Buffer): void {
    if (body.readBigUInt64BE(1) !== 1n) this.#wrong(`stream ${body.readBigUInt64BE(1)}`);
    const stands = this.#receiver.saysWhereItStands ? this.#store.bytes.length : 0;
    this.line.send(frame(4, Buffer.of(1), u64(1), u64(stands)));
  }

  #message(body: Buffer): void {
    const stream = body.readBigUInt64BE(1);
    const content = body.subarray(27 + body.readUInt16BE(25));
    if (stream === 0n) this.#control(content);
    else if (stream === 1n) this.#data(Number(body.readBigUInt64BE(9)), content);
    else this.#wrong(`a message of stream ${stream}`);
  }

  #data(id: number, content: Buffer): void {
    const store = this.#store;
    if (store.undecided.size > 0) this.#wrong("records between the phases");
    if (id < store.bytes.length) this.#wrong(`duplicate data: ${id} < ${store.bytes.length}`);
    if (id > store.bytes.length) this.#wrong(`missing data: ${id} > ${store.bytes.length}`);
    store.bytes.add(content);
  }

  #control(content: Buffer): void {
    const tag = content[0]!;
    if (tag === 201) this.#list(content.subarray(1, 9));
    else if (tag === 203) this.#phase1(content);
    else if (tag === 205) this.#phase2(content);
    else this.#wrong(`tag ${tag} of stream 0`);
  }

  #say(content: Buffer): void {
    this.line.send(frame(5, u64(0), u64(0), u64(0), short(""), content));
  }

  #list(rtag: Buffer): void {
    const names = [...this.#store.undecided.keys()];
    this.#say(Buffer.concat([Buffer.of(202), rtag, u32(names.length), ...names.map(short)]));
  }

  #phase1(content: Buffer): void {
    const size = content.readUInt16BE(1);
    const name = content.subarray(3, 3 + size).toString();
    const count = content.readUInt32BE(3 + size);
    const at = 7 + size;
    const [stream, start, end] = [0, 8, 16].map((i) => Number(content.readBigUInt64BE(at + i)));
    const store = this.#store;
    this.#receiver.said.push(`phase1 ${name}`);
    if (count !== 1 || stream !== 1) this.#wrong(`where of ${count} ranges, stream ${stream}`);
    if (start !== store.committed) this.#wrong(`start ${start}, committed ${store.committed}`);
    if (end !== store.bytes.length) this.#wrong(`end ${end}, of ${store.bytes.length} bytes`);
    const others = [...store.undecided.keys()].filter((one) => one !== name);
    if (others.length > 0) this.#wrong(`two transactions at once: ${name}, ${others[0]}`);
    const vote = this.#receiver.vote(name);
    if (vote === "close before") {
      this.#close();
      return;
    }
    const isYes = vote !== "no";
    store.undecided.set(name, { isYes, start: start!, end: end! });
    if (vote === "silence") return;
    const reply = Buffer.concat([Buffer.of(204), short(name), Buffer.of(isYes ? 1 : 0)]);
    this.#say(reply);
    if (vote === "twice") this.#say(reply);
    if (vote === "close after") this.#close();
  }

  #phase2(content: Buffer): void {
    const size = content.readUInt16BE(1);
    const name = content.subarray(3, 3 + size).toString();
    const isCommit = content[3 + size] === 1;
    const how = this.#receiver.onPhase2(name);
    if (how !== "lose") this.#decide(name, isCommit);
    if (how !== "take") this.#close();
  }

  #decide(name: string, isCommit: boolean): void {
    const store = this.#store;
    const transaction = store.undecided.get(name);
    this.#receiver.said.push(`${isCommit ? "commit" : "abort"} ${name}`);
    if (transaction === undefined) return; // To be borne.
    store.undecided.delete(name);
    if (!isCommit) {
      store.bytes.cut(transaction.start);
      return;
    }
    if (!transaction.isYes) this.#wrong(`commit of ${name}, which was voted against`);
    if (transaction.end !== store.bytes.length) this.#wrong("records slipped between the phases");
    store.committed = transaction.end;
    this.#receiver.onCommit(name, store.bytes.text(transaction.start, transaction.end));
  }
}

function truncate(store: Store): void {
  const [prepared] = store.undecided.values();
  const end = prepared?.isYes === true ? prepared.end : store.committed;
  store.bytes.cut(end);
}
