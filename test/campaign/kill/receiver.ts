/**
 * A process of its own that is never restarted: takes each part of the file sinks once, when it
 * becomes visible, as a consumer would. Tells when it saw it, and what was in it.
 *
 *     bun receiver.ts FOLDER SINK...
 *
 * A line for each part. Before it ends, when its standard input does, it looks at all of them
 * again: a part that changed or vanished is told.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { partsIn, type PartName } from "../oracle/parts.ts";

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

if (import.meta.main) await main(process.argv[2]!, process.argv.slice(3));

async function main(folder: string, sinks: readonly string[]): Promise<void> {
  const seen = new Map<string, SeenPart>();
  const problems: string[] = [];
  const look = (): void => {
    for (const sink of sinks) {
      for (const part of partsIn(join(folder, sink))) {
        const id = `${sink}/${part.name}`;
        if (seen.has(id)) continue;
        const found = take(folder, sink, part);
        seen.set(id, found);
        console.log(JSON.stringify(found));
      }
    }
  };
  const timer = setInterval(look, LOOK_MS);
  for await (const _ of Bun.stdin.stream());
  clearInterval(timer);
  look();
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
