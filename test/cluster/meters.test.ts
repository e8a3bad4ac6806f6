/** The connector protocol between real processes: producers and a receiver that come and go. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Sum } from "../../apps/meters/app.ts";
import { produce } from "../../apps/meters/producer.ts";
import { startReceiver } from "../../apps/meters/receiver.ts";
import { binary, lineOf, startBinary } from "../support/binary.ts";

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
  const args = ["run", APP, ...set, "--data", "data", "--http", "off"];
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
