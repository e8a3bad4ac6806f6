/** The connector protocol between real processes: producers and a receiver that come and go. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Sum } from "../../apps/meters/app.ts";
import { produce } from "../../apps/meters/producer.ts";
import { startReceiver } from "../../apps/meters/receiver.ts";
import { binary, lineOf, startBinary } from "../support/binary.ts";
import { LocalRun } from "../support/local-run.ts";

const COOKIE = "Dragons-Love-Tacos";
const APP = join(import.meta.dir, "../../apps/meters/app.ts");
const folder = mkdtempSync(join(tmpdir(), "wallaroo-meters-"));
beforeAll(binary, 60_000);
afterAll(() => rmSync(folder, { recursive: true }));

const STREAMS = 4;
const READINGS = 20_000;

/** Of each stream one meter: its sums tell what was lost, doubled or swapped. */
function linesOf(stream: number): string[] {
  return Array.from({ length: READINGS }, (_, i) =>
    JSON.stringify({ meter: `m-${stream}`, wh: i + 1 }),
  );
}

test("every reading counts once while connections of both sides break", async () => {
  const receiver = await startReceiver({ port: 0, cookie: COOKIE, folder: join(folder, "sums") });
  const set = [
    ["listen", "127.0.0.1:0"],
    ["out", `127.0.0.1:${receiver.port}`],
  ].flatMap(([name, value]) => ["--set", `${name}=${value}`]);
  const args = ["run", APP, ...set, "--http", "off"];
  const job = await startBinary(args, { cwd: folder });
  try {
    const [, port] = await lineOf(job.stdout, /bridge 127\.0\.0\.1:(\d+)/);
    const target = { host: "127.0.0.1", port: Number(port), cookie: COOKIE };
    let isOver = false;
    let cuts = 0;
    const producing = Promise.all(
      Array.from({ length: STREAMS }, (_, stream) =>
        produce({ ...target, stream: `stream ${stream}`, lines: linesOf(stream) }),
      ),
    ).finally(() => (isOver = true));
    // A stream that another one sends is waited for, and then there is nothing to send.
    const again = produce({ ...target, stream: "stream 0", lines: linesOf(0) });
    for (; !isOver && cuts < 50; cuts++) {
      await Bun.sleep(100);
      receiver.cut();
    }
    await Promise.all([producing, again]);
    expect(cuts).toBeGreaterThan(5);
  } finally {
    job.kill();
    await job.exited;
    receiver.stop();
  }
  expect(sumsOf(receiver.committed("meters.sums.0"))).toEqual(expected());
}, 60_000);

test("every reading counts once while each worker is killed in turn", async () => {
  const sums = join(folder, "killed");
  const receiver = await startReceiver({ port: 0, cookie: COOKIE, folder: sums });
  // Whoever listens after a kill does so where producers were.
  const port = await freePort();
  const set = { listen: `127.0.0.1:${port}`, out: `127.0.0.1:${receiver.port}` };
  const more = ["--log-level", "debug", "--data", "killed-data"];
  const run = await LocalRun.start({ app: APP, workers: 3, cwd: folder, set, more });
  try {
    const pids: number[] = [];
    for (let i = 0; i < 3; i++) {
      pids.push((JSON.parse(await run.log(/process is started/)) as { pid: number }).pid);
    }
    await run.started();
    // Three workers run the job, and one of them listens.
    expect((await run.status()).sources[0]!.addresses).toEqual([{ host: "127.0.0.1", port }]);
    const target = { host: "127.0.0.1", port, cookie: COOKIE };
    const producing = Promise.all(
      Array.from({ length: STREAMS }, (_, stream) =>
        produce({ ...target, stream: `stream ${stream}`, lines: linesOf(stream) }),
      ),
    );
    for (const [kills, pid] of pids.entries()) {
      await Bun.sleep(500);
      process.kill(pid, "SIGKILL");
      for (;;) {
        const { cluster } = await run.status();
        if (cluster.restarts > kills && cluster.state === "running") break;
        await Bun.sleep(20);
      }
    }
    await producing;
  } finally {
    run.child.kill("SIGTERM");
    await run.child.exited;
    receiver.stop();
  }
  // A meter may move to another worker, and its sums with it to another stream of bytes.
  const all = [0, 1, 2].map((i) => sumsOf(receiver.committed(`meters.sums.${i}`)));
  for (const [meter, wanted] of Object.entries(expected())) {
    const parts = all.map((one) => one[meter] ?? []);
    for (const part of parts) expect(part).toEqual(part.toSorted(byReadings));
    expect(parts.flat().toSorted(byReadings)).toEqual([...wanted]);
  }
}, 90_000);

const byReadings = (a: Sum, b: Sum): number => a.readings - b.readings;

/** Below those that the system gives to who asks for any, so that none is taken meanwhile. */
async function freePort(): Promise<number> {
  for (let port = 20_000 + (process.pid % 10_000); ; port++) {
    try {
      const listener = Bun.listen({
        hostname: "127.0.0.1",
        port,
        socket: { data: () => undefined },
      });
      listener.stop(true);
      return port;
    } catch {
      continue;
    }
  }
}

/** By meter, in the order in which they came. */
function sumsOf(text: string): Readonly<Record<string, readonly Sum[]>> {
  const sums = text
    .split("\n")
    .slice(0, -1)
    .map((line) => JSON.parse(line) as Sum);
  return Object.fromEntries(Map.groupBy(sums, ({ meter }) => meter));
}

function expected(): Readonly<Record<string, readonly Sum[]>> {
  const meters = Array.from({ length: STREAMS }, (_, stream) => `m-${stream}`);
  return Object.fromEntries(
    meters.map((meter) => {
      let wh = 0;
      const sums = Array.from({ length: READINGS }, (_, i) => {
        wh += i + 1;
        return { meter, readings: i + 1, wh };
      });
      return [meter, sums];
    }),
  );
}
