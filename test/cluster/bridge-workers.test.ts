/** The connector protocol on several workers of the real binary, which leave and die. */
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { JobSummary, WorkerSummary } from "../../src/model/cluster-status.ts";
import { AppFolder } from "../support/app-folder.ts";
import { binary, lineOf, runBinary, startBinary, type Started } from "../support/binary.ts";
import { COOKIE, NEVER, say } from "../support/bridge-client.ts";
import { Producer } from "../support/bridge-producer.ts";

setDefaultTimeout(60_000);

const folder = new AppFolder();
const cwd = folder.path;
const OUT = join(cwd, "out");
const children = new Map<string, Started>();
let http = "";
let joinAt = "";

folder.write(
  "apps/streams.ts",
  `import { app, bridge, file, utf8 } from "wallaroo";
export default app("streams", (flow) => {
  flow
    .source("in", bridge.listen({ port: 0, cookie: ${JSON.stringify(COOKIE)}, decode: utf8 }), {
      on: "every worker",
    })
    .sink("out", file.write({ path: ${JSON.stringify(OUT)}, encode: utf8 }), { connections: 1 });
});
`,
);

async function start(name: string, args: readonly string[]): Promise<Started> {
  const child = await startBinary(args, { cwd });
  children.set(name, child);
  return child;
}

async function askJson<T>(...args: readonly string[]): Promise<T> {
  const ran = await runBinary([...args, "--coordinator", http, "--json"], { cwd });
  if (ran.status !== 0) throw new Error(ran.stderr);
  return JSON.parse(ran.stdout) as T;
}

/** Asks until an answer is right. */
async function until<T>(ask: () => Promise<T>, isRight: (answer: T) => boolean): Promise<T> {
  for (;;) {
    const answer = await ask();
    if (isRight(answer)) return answer;
    await Bun.sleep(50);
  }
}

/** The job runs again, on so many workers. */
async function runsOn(count: number): Promise<void> {
  const jobs = () => askJson<{ jobs: readonly JobSummary[] }>("jobs");
  await until(jobs, ({ jobs: [one] }) => one?.state === "running" && one.workers.length === count);
}

beforeAll(async () => {
  await binary();
  const args = ["coordinator", "--listen", "127.0.0.1:0", "--http", "127.0.0.1:0", "--json"];
  const [line] = await lineOf((await start("coordinator", args)).stdout, /\{.*"started".*\}/);
  const at = JSON.parse(line) as Record<"listen" | "http", { host: string; port: number }>;
  joinAt = `${at.listen.host}:${at.listen.port}`;
  http = `http://${at.http.host}:${at.http.port}`;
});

afterAll(() => {
  for (const child of children.values()) child.kill("SIGKILL");
  folder[Symbol.dispose]();
});

/** Connects as old clients do: again, while nobody listens there. */
async function enter(port: number): Promise<Producer> {
  for (;;) {
    const one = new Producer(port);
    one.send(say.hello());
    if (await one.hears("ok").catch(() => undefined)) return one;
    await Bun.sleep(20);
  }
}

/** Announces a stream until it is granted. Gives the point from which to go on. */
async function granted(one: Producer, stream: number): Promise<number> {
  for (;;) {
    one.send(say.notify(stream));
    const [, isGranted, , point] = (await one.hears("notify_ack")).split(" ");
    if (isGranted === "yes") return point === NEVER ? 0 : Number(point);
    await one.hears("ack ");
  }
}

/** Hears that all of a stream up to a message is in a complete checkpoint. */
async function durable(one: Producer, stream: number, id: number): Promise<void> {
  while (!`${await one.hears("ack ")} `.includes(` ${stream}:${id} `));
}

/** Messages from `from` to `to` of a stream. */
const messages = (stream: number, from: number, to: number): Buffer[] =>
  Array.from({ length: to - from + 1 }, (_, i) =>
    say.message(stream, from + i, `${stream}:${from + i}`),
  );

const portIn = (restart: string): number => Number(restart.split(":").at(-1));

test("streams are one producer's in the cluster, and go on elsewhere when workers go", async () => {
  const names = ["b-1", "b-2", "b-3"];
  for (const name of names) await start(name, ["worker", "--join", joinAt, "--name", name]);
  const workers = () => askJson<{ workers: readonly WorkerSummary[] }>("workers");
  await until(workers, (all) => all.workers.length === 3);
  await askJson<JobSummary>("deploy", "streams");
  const token = readFileSync(join(cwd, ".wallaroo", "token"), "utf8").trim();
  const headers = { authorization: `Bearer ${token}` };
  const answer = await fetch(`${http}/v1/jobs/streams/sources`, { headers });
  const ports = [...(await answer.text()).matchAll(/"port":\s*(\d+)/g)].map(([, at]) => Number(at));
  expect(ports).toHaveLength(3);

  const [one, two, three] = await Promise.all(ports.map(enter));
  const [first, ...others] = [one!, two!, three!];
  for (const [i, producer] of [first, ...others].entries()) {
    expect(await granted(producer, i + 1)).toBe(0);
    producer.send(...messages(i + 1, 1, 5));
  }

  // A second producer of a stream, at another worker, has to wait until the first is gone and all
  // that it sent is durable.
  two!.send(say.notify(1));
  expect(await two!.hears("notify_ack")).toBe(`notify_ack no 1 ${NEVER}`);
  first.leave();
  expect(await granted(two!, 1)).toBe(5);
  two!.send(...messages(1, 4, 10));

  // A worker that leaves sends its producers to one that stays; the others send theirs back.
  const producers = [await enter(ports[0]!), two!, three!];
  children.get("b-3")!.kill("SIGTERM");
  const sentTo = await Promise.all(
    producers.map(async (each) => portIn(await each.hears("restart"))),
  );
  expect(sentTo.every((port) => ports.includes(port))).toBeTrue();
  expect(sentTo.filter((port, i) => port !== ports[i])).toHaveLength(1);
  await runsOn(2);
  const again = await Promise.all(sentTo.map(enter));
  for (const [i, stream] of [1, 2, 3].entries()) {
    // Each comes to another worker than before, or to the same.
    const from = await granted(again[i]!, stream);
    expect(from).toBeLessThanOrEqual(10);
    again[i]!.send(...messages(stream, from + 1, 15));
  }

  await durable(again[1]!, 2, 15);

  // One that dies says nothing: its producers go to the other one.
  children.get("b-1")!.kill("SIGKILL");
  const told = await Promise.all(again.map((each) => each.hears("restart").catch(() => "")));
  const stays = portIn(told.find((text) => text !== "") ?? `:${sentTo[0]}`);
  await runsOn(1);
  const last = await enter(stays);
  for (const stream of [1, 2, 3]) {
    const from = await granted(last, stream);
    last.send(...messages(stream, from + 1, 20), say.eos(stream));
    await durable(last, stream, 20);
  }
  last.leave();
  expect(await askJson<JobSummary>("stop", "streams")).toMatchObject({ state: "stopped" });
  const files = readdirSync(OUT).map((name) => readFileSync(join(OUT, name), "utf8"));
  const lines = files.join("").trimEnd().split("\n");
  const wanted = [1, 2, 3].flatMap((stream) =>
    Array.from({ length: 20 }, (_, i) => `${stream}:${i + 1}`),
  );
  expect(lines.toSorted()).toEqual(wanted.toSorted());
});
