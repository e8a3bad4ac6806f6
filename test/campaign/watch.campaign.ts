/** A hundred edits of an app under load, with the real binary: `run --watch`. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Prng } from "../../src/base/prng.ts";
import { startBinary } from "../support/binary.ts";
import { LineReader, producer } from "../support/lines.ts";
import type { Campaign, Facts } from "./runner.ts";

const EDITS = 100;
/** Each edit is to be at work by then, from the write of the file to its first output. */
const ACTIVE_MS_MAX = 300;
/** What the process may grow by between the edits 50 and 100. */
const GROWTH_MB_MAX = 15;
const MADE_PER_SECOND = 20_000;
const SENT_PER_TICK = 50;
const TICK_MS = 10;
const KEYS = 100;

export const campaign: Campaign = {
  name: "watch",
  about: `${EDITS} edits under load: nothing lost, no growth, at work within ${ACTIVE_MS_MAX} ms`,
  seeds: 1,
  async run(seed) {
    const folder = mkdtempSync(join(tmpdir(), "wallaroo-watch-"));
    try {
      return await edits(seed, folder);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  },
};

/** Numbers that are made go to a file, lines that are sent come back, each with its version. */
function appText(version: number, stateVersion: number, extra: boolean, port: number): string {
  const step = extra ? '.map("extra", (text) => text)' : "";
  return `import { app, file, generator, state, tcp, utf8 } from "wallaroo";
// ${"A comment that makes each version another one. ".repeat(version % 7)}
const total = state(() => ({ n: 0 }), {
  version: ${stateVersion},
  upgrade: (old) => old as { n: number },
});
export default app("edited", (flow) => {
  flow
    .source("made", generator({ rate: ${MADE_PER_SECOND}, make: (i) => "${version} " + i }))
    ${step}
    .sink("file", file.write({ path: "out.txt", mode: "append", encode: utf8 }));
  flow
    .source("in", tcp.listen({ port: 0, frame: "lines", decode: utf8 }))
    .keyBy("key", (line) => line)
    .mapWithState("count", total, (line, s) => "${version} " + line + " " + ++s.n)
    .sink("out", tcp.connect({ port: ${port}, frame: "lines", encode: utf8 }));
});
`;
}

/** What came back: checked as it comes. */
class Returned {
  count = 0;
  version = 0;
  problem: string | undefined;
  onVersion: (version: number) => void = () => undefined;
  readonly #totals = new Map<string, number>();

  take(line: string): void {
    const [version, key, n] = line.split(" ");
    this.count++;
    const expected = (this.#totals.get(key!) ?? 0) + 1;
    this.#totals.set(key!, expected);
    if (Number(n) !== expected) this.problem ??= `"${line}" where total ${expected} was due`;
    if (Number(version) < this.version) this.problem ??= `"${line}" after version ${this.version}`;
    if (Number(version) === this.version) return;
    this.version = Number(version);
    this.onVersion(this.version);
  }
}

function receive(returned: Returned) {
  let rest = "";
  return Bun.listen({
    hostname: "127.0.0.1",
    port: 0,
    socket: {
      data: (_, chunk) => {
        const lines = (rest + chunk.toString()).split("\n");
        rest = lines.pop()!;
        for (const line of lines) returned.take(line);
      },
    },
  });
}

async function edits(seed: number, folder: string): Promise<Facts> {
  const prng = new Prng(seed);
  const returned = new Returned();
  using receiver = receive(returned);
  const app = join(folder, "app.ts");
  let stateVersion = 1;
  const write = (version: number): void => {
    if (prng.below(10) === 0) stateVersion++;
    writeFileSync(app, appText(version, stateVersion, prng.below(2) === 0, receiver.port));
  };
  write(1);
  const args = ["run", "./app.ts", "--watch", "--json", "--http", "off"];
  const child = await startBinary(args, { cwd: folder });
  const told = new LineReader(child.stdout);
  void new Response(child.stderr).text(); // Read, so that it never fills.
  const started = JSON.parse(await told.next()) as Started;
  const { port } = started.status.sources.find(({ name }) => name === "in")!.addresses[0]!;
  const line = await producer(port);
  let sent = 0;
  const load = setInterval(() => {
    for (let i = 0; i < SENT_PER_TICK; i++) line.say(`k${sent++ % KEYS}`);
  }, TICK_MS);
  const times: number[] = [];
  const memory: number[] = [];
  try {
    for (let edit = 1; edit <= EDITS; edit++) {
      await Bun.sleep(50 + prng.below(100));
      if (prng.below(20) === 0) await nonsense(app, told);
      const begun = performance.now();
      const active = new Promise<void>((resolve) => {
        returned.onVersion = (version) => version === edit + 1 && resolve();
      });
      write(edit + 1);
      await Promise.race([active, told.next().then(failOn)]);
      await active;
      times.push(performance.now() - begun);
      memory.push(residentMb(child.pid));
    }
  } finally {
    clearInterval(load);
    await settled(() => returned.count === sent);
    line.end();
    child.kill("SIGTERM");
    await child.exited;
  }
  return check(folder, returned, sent, times, memory);
}

interface Started {
  readonly status: {
    readonly sources: readonly {
      readonly name: string;
      readonly addresses: readonly { readonly port: number }[];
    }[];
  };
}

/** A version that cannot be read is refused, and changes nothing. */
async function nonsense(app: string, told: LineReader): Promise<void> {
  writeFileSync(app, "export default app(;");
  const { type } = JSON.parse(await told.next()) as { type: string };
  if (type !== "refused") throw new Error(`nonsense was ${type}`);
}

function failOn(text: string): void {
  const { type, error } = JSON.parse(text) as { type: string; error?: string };
  if (type !== "reloaded") throw new Error(`${type}: ${error ?? text}`);
}

function check(
  folder: string,
  returned: Returned,
  sent: number,
  times: readonly number[],
  memory: readonly number[],
): Facts {
  if (returned.problem !== undefined) throw new Error(returned.problem);
  if (returned.count !== sent) throw new Error(`${sent} sent, ${returned.count} came back`);
  const made = readFileSync(join(folder, "out.txt"), "utf8").trimEnd().split("\n");
  made.forEach((text, i) => {
    if (Number(text.split(" ")[1]) !== i) throw new Error(`line ${i + 1} of the file is "${text}"`);
  });
  const sorted = times.toSorted((a, b) => a - b);
  const [first, middle, last] = [memory[0]!, memory[EDITS / 2 - 1]!, memory[EDITS - 1]!];
  const facts: Facts = {
    sent,
    made: made.length,
    medianMs: Math.round(sorted[sorted.length >> 1]!),
    maxMs: Math.round(sorted.at(-1)!),
    mbAt1: first,
    mbAt50: middle,
    mbAt100: last,
  };
  if (last - middle > GROWTH_MB_MAX) throw new Error(`it grew: ${JSON.stringify(facts)}`);
  if (sorted.at(-1)! > ACTIVE_MS_MAX) throw new Error(`too late: ${JSON.stringify(facts)}`);
  return facts;
}

/** Memory of a process, as the system sees it. */
function residentMb(pid: number): number {
  const { stdout } = Bun.spawnSync(["ps", "-o", "rss=", "-p", String(pid)]);
  return Math.round(Number(stdout.toString()) / 1024);
}

async function settled(condition: () => boolean): Promise<void> {
  for (let i = 0; i < 200 && !condition(); i++) await Bun.sleep(25);
}
