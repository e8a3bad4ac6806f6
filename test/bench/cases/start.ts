import { type BenchCase, check, type Context } from "../harness/context.ts";
import { Child } from "../harness/child.ts";
import { copyApp, type Copy } from "../harness/copies.ts";
import { median } from "../harness/numbers.ts";
import { figure } from "../harness/results.ts";

/** One frame of one word. */
const FRAME = Buffer.from([0, 0, 0, 4, 0x77, 0x6f, 0x72, 0x64]);
const ANSWER = "word => 1\n";
/** Between two attempts to connect. */
const RETRY_MS = 1;
const VERSIONS = 20;

export const start: BenchCase = {
  name: "start",
  about: "from spawning `run` to the answer to the first record; `version`; size of the binary",
  async measure(ctx) {
    const copy = copyApp("word-count", ctx.folder, ctx.seed);
    const runs: Start[] = [];
    for (let i = 0; i < (ctx.runs ?? 10); i++) runs.push(await firstRecord(ctx, copy));
    ctx.say(JSON.stringify(runs));
    const versions = Array.from({ length: VERSIONS }, () => {
      const begun = performance.now();
      Bun.spawnSync([...ctx.binary, "version"]);
      return performance.now() - begun;
    });
    const of = (key: keyof Start): number[] => runs.map((one) => one[key]);
    return {
      figures: [
        figure("run to the first record's result", "ms", of("answered"), { atMost: 200 }),
        figure("of it until the source listens", "ms", of("listening")),
        figure("of it from the record to its result", "ms", of("record")),
        figure("run to the line `started`", "ms", of("told")),
        figure("version", "ms", versions),
        figure("size", "MB", [Bun.file(ctx.binary.at(-1)!).size / 1e6]),
      ],
      command: "run APP --json, without --data: nothing is kept from one start to the next",
      check: "the result of the record is the one that must come",
      details: [{ medianOfVersion: median(versions) }, ...runs],
    };
  },
};

interface Start {
  readonly listening: number;
  readonly answered: number;
  readonly record: number;
  readonly told: number;
}

async function firstRecord({ binary }: Context, copy: Copy): Promise<Start> {
  const { promise, resolve } = Promise.withResolvers<{ text: string; at: number }>();
  using receiver = Bun.listen({
    hostname: "127.0.0.1",
    port: 0,
    socket: {
      data: (_, chunk) => resolve({ text: chunk.toString(), at: performance.now() }),
    },
  });
  const port = freePort();
  const set = [
    `${copy.name("in")}=127.0.0.1:${port}`,
    `${copy.name("out")}=127.0.0.1:${receiver.port}`,
  ];
  const flags = ["--json", "--http", "127.0.0.1:0", ...set.flatMap((one) => ["--set", one])];
  const begun = performance.now();
  const child = new Child("engine", [...binary, "run", copy.app, ...flags]);
  const told = child.line("stdout", /"type":"started"/).then(() => performance.now());
  const producer = await connected(port);
  const listening = performance.now();
  producer.write(FRAME);
  const { text, at } = await promise;
  check("result", text, ANSWER);
  const started = await told;
  producer.end();
  child.kill("SIGTERM");
  await child.end();
  return {
    listening: listening - begun,
    answered: at - begun,
    record: at - listening,
    told: started - begun,
  };
}

function freePort(): number {
  const server = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data: () => undefined } });
  const { port } = server;
  server.stop(true);
  return port;
}

async function connected(port: number): Promise<Bun.Socket> {
  for (;;) {
    try {
      return await Bun.connect({
        hostname: "127.0.0.1",
        port,
        socket: { data: () => undefined, error: () => undefined },
      });
    } catch {
      await Bun.sleep(RETRY_MS);
    }
  }
}
