/**
 * A process of its own that is never restarted: takes each part of the file sinks once, when it
 * becomes visible, as a consumer would; and is the receiver of the sink that commits in two phases,
 * of whose transactions it makes parts too. Tells when it saw each, and what was in it.
 *
 *     bun receiver.ts FOLDER
 *
 * Its port, then a line for each part. Before it ends, when its standard input does, it looks at
 * all of them again: parts that changed or vanished are told, and what the sink may not do.
 */
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Receiver, type ReceiverSession } from "../../support/bridge-receiver.ts";
import { partsIn, type PartName } from "../oracle/parts.ts";

export const FILE_SINKS = ["chains", "balances"] as const;
/** Where the parts of transactions are. */
export const BRIDGE_SINK = "receiver";

export interface SeenPart extends PartName {
  readonly type: "part";
  readonly sink: string;
  readonly lines: number;
  /** ms since the epoch. */
  readonly seenAt: number;
  /** The last word of its lines, where they have the time of their record; the highest. */
  readonly newestAt: number;
  readonly hash: string;
}

export interface ReceiverEnd {
  readonly type: "ended";
  readonly parts: number;
  readonly problems: readonly string[];
}

const LOOK_MS = 15;
/** Lines of `key count seq hash alike at`. */
const WORDS_WITH_TIME = 6;

if (import.meta.main) await main(process.argv[2]!);

async function main(folder: string): Promise<void> {
  const seen = new Map<string, SeenPart>();
  const problems: string[] = [];
  const receiver = new Receiver();
  receiver.onCommit = (transaction, text) => {
    const problem = keepPart(join(folder, BRIDGE_SINK), transaction, text);
    if (problem !== undefined) problems.push(problem);
  };
  console.log(JSON.stringify({ type: "begun", port: listen(receiver) }));
  const look = (): void => {
    for (const sink of [...FILE_SINKS, BRIDGE_SINK]) {
      for (const part of partsIn(join(folder, sink))) {
        const id = `${sink}/${part.name}`;
        if (seen.has(id)) continue;
        const found = take(folder, sink, part);
        seen.set(id, found);
        console.log(JSON.stringify(found));
      }
    }
  };
  let told = 0;
  const timer = setInterval(() => {
    look();
    for (const text of receiver.violations.slice(told)) {
      console.log(JSON.stringify({ type: "violation", text }));
    }
    told = receiver.violations.length;
  }, LOOK_MS);
  for await (const _ of Bun.stdin.stream());
  clearInterval(timer);
  look();
  problems.push(...receiver.violations);
  for (const [id, part] of seen) {
    try {
      const again = take(folder, part.sink, part);
      if (again.hash !== part.hash) problems.push(`part ${id} changed behind its commit`);
    } catch (error) {
      problems.push(`part ${id} is gone: ${String(error)}`);
    }
  }
  console.log(JSON.stringify({ type: "ended", parts: seen.size, problems } satisfies ReceiverEnd));
}

function take(folder: string, sink: string, part: PartName): SeenPart {
  const seenAt = Date.now();
  const bytes = readFileSync(join(folder, sink, part.name));
  let newestAt = 0;
  let lines = 0;
  for (const line of bytes.toString().split("\n")) {
    if (line === "") continue;
    lines++;
    const words = line.split(" ");
    if (words.length === WORDS_WITH_TIME) newestAt = Math.max(newestAt, Number(words.at(-1)));
  }
  const hash = Bun.hash(bytes).toString(36);
  const { name, number, index } = part;
  return { type: "part", sink, name, number, index, lines, seenAt, newestAt, hash };
}

/** Returns the port. */
function listen(receiver: Receiver): number {
  interface Line {
    session: ReceiverSession;
    waiting: Buffer;
  }
  const listener = Bun.listen<Line>({
    hostname: "127.0.0.1",
    port: 0,
    socket: {
      open(socket) {
        const send = (bytes: Buffer): void => {
          const all = Buffer.concat([socket.data.waiting, bytes]);
          socket.data.waiting = all.subarray(Math.max(0, socket.write(all)));
        };
        const session = receiver.connect({ send, close: () => socket.end() });
        socket.data = { session, waiting: Buffer.alloc(0) };
      },
      data: (socket, chunk) => socket.data.session.feed(chunk),
      drain(socket) {
        const { waiting } = socket.data;
        socket.data.waiting = waiting.subarray(Math.max(0, socket.write(waiting)));
      },
      close: (socket) => socket.data.session.closed(),
    },
  });
  return listener.port;
}

/** Makes a part of what a transaction committed. Returns what is wrong with it. */
function keepPart(folder: string, transaction: string, text: string): string | undefined {
  const found = /-id-(\d+):.*:c_id=(\d+)$/.exec(transaction);
  if (found === null) return `a transaction of an unknown name was committed: ${transaction}`;
  const [index, epoch] = found.slice(1);
  const path = join(folder, `part-${index!.padStart(3, "0")}-${epoch!.padStart(10, "0")}.txt`);
  mkdirSync(folder, { recursive: true });
  if (existsSync(path)) return `a second transaction of one epoch was committed: ${transaction}`;
  // The parts are looked at by name.
  writeFileSync(`${path}.new`, text);
  renameSync(`${path}.new`, path);
  return undefined;
}
