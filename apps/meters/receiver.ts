/**
 * A receiver of the connector protocol that commits in two phases: one file for each connection of
 * the sink, of which readers may take what is committed, and a log of its transactions beside it.
 */
import {
  closeSync,
  existsSync,
  fsyncSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readFileSync,
  writeSync,
} from "node:fs";
import { createServer, type Socket } from "node:net";
import { join } from "node:path";
import { Fields, frame, Frames, message, text, u32, u64, u8 } from "./wire.ts";

export interface ReceiverOptions {
  readonly port: number;
  readonly cookie: string;
  readonly folder: string;
}

export interface RunningReceiver {
  readonly port: number;
  /** All lines of one connection of the sink that are committed. */
  committed(instance: string): string;
  /** The connections break; nothing that was promised is lost. */
  cut(): void;
  stop(): void;
}

export async function startReceiver(options: ReceiverOptions): Promise<RunningReceiver> {
  mkdirSync(options.folder, { recursive: true });
  const active = new Map<string, Session>();
  const server = createServer((socket) => void new Session(socket, options, active));
  await new Promise<void>((resolve) => server.listen(options.port, "127.0.0.1", resolve));
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  const cut = (): void => {
    for (const session of active.values()) session.socket.destroy();
  };
  return {
    port,
    committed: (instance) => Store.committedOf(options.folder, instance),
    cut,
    stop: () => {
      server.close();
      cut();
    },
  };
}

/** A line of the log, durable before it is told. */
type Entry =
  | { readonly prepared: string; readonly start: number; readonly end: number }
  | { readonly committed: string; readonly end: number }
  | { readonly aborted: string };

/** What is kept for one connection of a sink. */
class Store {
  readonly #data: number;
  readonly #log: number;
  prepared: { readonly name: string; readonly start: number; readonly end: number } | undefined;
  committed = 0;
  end: number;

  /** Reads what was promised, and drops what was not. */
  constructor(folder: string, instance: string) {
    for (const entry of Store.entriesOf(folder, instance)) {
      if ("prepared" in entry) this.prepared = { name: entry.prepared, ...entry };
      else this.prepared = undefined;
      if ("committed" in entry) this.committed = entry.end;
    }
    this.end = this.prepared?.end ?? this.committed;
    const data = join(folder, `${instance}.out`);
    this.#data = openSync(data, existsSync(data) ? "r+" : "w+");
    this.#log = openSync(join(folder, `${instance}.log`), "a");
    ftruncateSync(this.#data, this.end);
  }

  static entriesOf(folder: string, instance: string): readonly Entry[] {
    const log = join(folder, `${instance}.log`);
    if (!existsSync(log)) return [];
    // A line without its end was never told to anybody.
    const lines = readFileSync(log, "utf8").split("\n").slice(0, -1);
    return lines.map((line) => JSON.parse(line) as Entry);
  }

  static committedOf(folder: string, instance: string): string {
    const ends = Store.entriesOf(folder, instance).flatMap((entry) =>
      "committed" in entry ? [entry.end] : [],
    );
    if (ends.length === 0) return "";
    return readFileSync(join(folder, `${instance}.out`))
      .subarray(0, ends.at(-1))
      .toString();
  }

  append(bytes: Buffer): void {
    writeSync(this.#data, bytes, 0, bytes.length, this.end);
    this.end += bytes.length;
  }

  /** The vote: yes when all of it is here, and is durable. */
  prepare(name: string, start: number, end: number): boolean {
    const isAgain = this.prepared?.name === name;
    if (!isAgain && (this.prepared !== undefined || start !== this.committed)) return false;
    if (end !== this.end) return false;
    fsyncSync(this.#data);
    this.prepared = { name, start, end };
    this.#note({ prepared: name, start, end });
    return true;
  }

  decide(name: string, isCommit: boolean): void {
    const { prepared } = this;
    // A decision may come again.
    if (prepared === undefined || prepared.name !== name) return;
    this.prepared = undefined;
    if (isCommit) {
      this.#note({ committed: name, end: prepared.end });
      this.committed = prepared.end;
    } else {
      this.#note({ aborted: name });
      this.end = prepared.start;
      ftruncateSync(this.#data, this.end);
    }
  }

  close(): void {
    closeSync(this.#data);
    closeSync(this.#log);
  }

  #note(entry: Entry): void {
    writeSync(this.#log, `${JSON.stringify(entry)}\n`);
    fsyncSync(this.#log);
  }
}

class Session {
  readonly socket: Socket;
  readonly #options: ReceiverOptions;
  readonly #active: Map<string, Session>;
  #instance: string | undefined;
  #store: Store | undefined;

  constructor(socket: Socket, options: ReceiverOptions, active: Map<string, Session>) {
    this.socket = socket;
    this.#options = options;
    this.#active = active;
    const frames = new Frames();
    socket.on("data", (chunk: Buffer) => {
      for (const body of frames.push(chunk)) this.#hear(new Fields(body));
    });
    socket.on("error", () => undefined); // It closes.
    socket.on("close", () => {
      this.#store?.close();
      if (this.#instance !== undefined) this.#active.delete(this.#instance);
    });
  }

  #hear(said: Fields): void {
    const tag = said.u8();
    if (tag === 0) this.#hello(said);
    else if (this.#store === undefined) this.#refuse("say hello first");
    else if (tag === 3) this.#notify(said, this.#store);
    else if (tag === 5) this.#message(said, this.#store);
    else this.#refuse(`tag ${tag} is none of a sink`);
  }

  #hello(said: Fields): void {
    const [version, cookie] = [said.text(), said.text()];
    said.text();
    const instance = said.text();
    if (version !== "v0.0.1") this.#refuse(`version ${version} is not known`);
    else if (cookie !== this.#options.cookie) this.#refuse("wrong cookie");
    else if (!/^[A-Za-z0-9_.-]+$/.test(instance)) this.#refuse("that is no name of a file");
    else if (this.#active.has(instance)) this.#refuse(`${instance} is here already`);
    else {
      this.#instance = instance;
      this.#active.set(instance, this);
      this.#store = new Store(this.#options.folder, instance);
      this.socket.write(frame(1, u32(500)));
    }
  }

  #notify(said: Fields, store: Store): void {
    const stream = said.u64();
    if (stream === 1n) this.socket.write(frame(4, u8(1), u64(stream), u64(store.end)));
    else this.#refuse(`stream ${stream} is not known`);
  }

  #message(said: Fields, store: Store): void {
    const [stream, id] = [said.u64(), Number(said.u64())];
    said.u64();
    said.text();
    const content = said.rest();
    if (stream === 0n) this.#control(new Fields(content), store);
    else if (id === store.end && store.prepared === undefined) store.append(content);
    else this.#refuse(`a record at ${id}, where ${store.end} is the end`);
  }

  #control(said: Fields, store: Store): void {
    const tag = said.u8();
    if (tag === 201) {
      const asked = said.u64();
      const names = store.prepared === undefined ? [] : [text(store.prepared.name)];
      this.#say(u8(202), u64(asked), u32(names.length), ...names);
    } else if (tag === 203) {
      const name = said.text();
      said.u32();
      said.u64();
      const isYes = store.prepare(name, Number(said.u64()), Number(said.u64()));
      this.#say(u8(204), text(name), u8(isYes ? 1 : 0));
    } else if (tag === 205) store.decide(said.text(), said.u8() === 1);
  }

  #say(...fields: readonly Buffer[]): void {
    this.socket.write(message(0n, 0, Buffer.concat(fields)));
  }

  #refuse(why: string): void {
    this.socket.end(frame(2, text(why)));
  }
}

if (import.meta.main) {
  const [folder = "sums", port = "7200"] = process.argv.slice(2);
  const cookie = process.env["COOKIE"] ?? "Dragons-Love-Tacos";
  const receiver = await startReceiver({ port: Number(port), cookie, folder });
  process.stdout.write(`at 127.0.0.1:${receiver.port}; committed lines are in ${folder}\n`);
}
