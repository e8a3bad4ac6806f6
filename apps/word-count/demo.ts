/**
 * `npm run demo`: builds the binary, runs word count in it, feeds it the text that ships with the
 * app, and shows the counts as they change. Ends by itself; fails when one count is wrong.
 */
import { once } from "node:events";
import { type AddressInfo, createServer, type Server } from "node:net";
import { join } from "node:path";
import { Child } from "./demo/child.ts";
import { Feeder } from "./demo/feeder.ts";
import { list, Screen, whole } from "./demo/screen.ts";
import { Tally } from "./demo/tally.ts";

const ROOT = join(import.meta.dir, "../..");
const BINARY = join(ROOT, "dist/wallaroo");
const TEXT = join(import.meta.dir, "input/bill_of_rights.txt");
const EXPECTED = join(import.meta.dir, "expected/bill_of_rights.expected.json");

/** First slow enough to read along, then as fast as it goes. */
const VISIBLE = { textsPerSecond: 4, forMs: 6_000 };
const FULL_SPEED_MS = 5_000;
const FRAME_MS = 200;
const CATCH_UP_MS = 30_000;
const TOP = 10;

const NEXT = `Where to go next:
  dist/wallaroo run word-count             run it yourself; then, in a second terminal,
  dist/wallaroo receive 127.0.0.1:7002     see what comes out, and in a third
  dist/wallaroo send 127.0.0.1:7010 apps/word-count/input/bill_of_rights.txt --frame u32be
  dist/wallaroo explain word-count         its graph
  apps/word-count/app.ts                   the app; change a line and run it again
  apps/README.md                           the other apps`;

const screen = new Screen(process.stdout);

async function main(): Promise<void> {
  const text = await Bun.file(TEXT).text();
  const expected = (await Bun.file(EXPECTED).json()) as Readonly<Record<string, number>>;
  const wordsOfText = Object.values(expected).reduce((sum, n) => sum + n, 0);

  screen.say("Building dist/wallaroo ...");
  await build();
  const tally = new Tally();
  const receiver = await listen(tally);
  const child = start((receiver.address() as AddressInfo).port);
  try {
    const feeder = await Feeder.connect(await child.sourceAddress("lines"), text);
    screen.say(`Counting the words of the Bill of Rights (${wordsOfText}), over and over.\n`);
    await Promise.race([child.failed, feedAndShow({ feeder, tally, wordsOfText })]);
    feeder.close();
    report(tally, expected, feeder.repeats);
  } catch (error) {
    throw new Error(`${(error as Error).message}\n${child.output}`.trim(), { cause: error });
  } finally {
    await child.end();
    receiver.close();
  }
}

async function build(): Promise<void> {
  const command = [process.execPath, join(ROOT, "build.ts")];
  const built = Bun.spawn(command, { cwd: ROOT, stdout: "inherit", stderr: "inherit" });
  const kill = () => built.kill();
  process.once("exit", kill);
  const code = await built.exited;
  process.off("exit", kill);
  if (code !== 0) throw new Error(`the build failed with exit code ${code}`);
}

/** Takes what word count sends. */
async function listen(tally: Tally): Promise<Server> {
  const server = createServer((socket) => {
    socket.on("data", (chunk) => tally.push(chunk as Buffer));
    socket.on("error", () => undefined);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return server;
}

function start(port: number): Child {
  const settings = ["--set", "in=127.0.0.1:0", "--set", `out=127.0.0.1:${port}`];
  return new Child([BINARY, "run", "word-count", "--http", "127.0.0.1:0", ...settings], ROOT);
}

interface Run {
  readonly feeder: Feeder;
  readonly tally: Tally;
  readonly wordsOfText: number;
}

async function feedAndShow({ feeder, tally, wordsOfText }: Run): Promise<void> {
  const began = performance.now();
  let title = `Reading along, ${VISIBLE.textsPerSecond} texts a second`;
  let last = { at: began, updates: 0 };
  const show = () => {
    const now = performance.now();
    const perSecond = ((tally.updates - last.updates) / (now - last.at)) * 1_000;
    last = { at: now, updates: tally.updates };
    const { updates } = tally;
    screen.draw({ title, elapsedMs: now - began, updates, perSecond, top: tally.top(TOP) });
  };
  const timer = setInterval(show, FRAME_MS);
  try {
    await feeder.feedAtRate(VISIBLE.textsPerSecond, VISIBLE.forMs);
    title = "At full speed, TCP in and out";
    const fast = { at: performance.now(), updates: tally.updates };
    await feeder.feedAtFullSpeed(FULL_SPEED_MS);
    await catchUp(tally, feeder.repeats * wordsOfText);
    show();
    const rate = ((tally.updates - fast.updates) / (performance.now() - fast.at)) * 1_000;
    screen.say(`At full speed: ${whole(rate)} words/s, this demo sending and receiving.`);
  } finally {
    clearInterval(timer);
  }
}

/** Waits until every word that was sent has come back. */
async function catchUp(tally: Tally, wanted: number): Promise<void> {
  const deadline = performance.now() + CATCH_UP_MS;
  while (tally.updates < wanted && performance.now() < deadline) await Bun.sleep(10);
}

function report(tally: Tally, expected: Readonly<Record<string, number>>, repeats: number): void {
  const sent = Object.values(expected).reduce((sum, n) => sum + n, 0) * repeats;
  const differences = [...tally.differences(expected, repeats)];
  if (tally.updates !== sent) {
    differences.unshift(`${whole(sent)} words were sent, ${whole(tally.updates)} updates came`);
  }
  if (differences.length > 0) {
    throw new Error(`counts are wrong:\n  ${differences.slice(0, TOP).join("\n  ")}`);
  }
  screen.say(`\nThe ten most frequent words:\n${list(tally.top(TOP))}\n`);
  const total = Object.keys(expected).length;
  screen.say(`All ${whole(sent)} words sent came back; the counts of ${total} words are right.\n`);
  screen.say(NEXT);
}

for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
  // The children are ended by their exit handlers.
  process.once(signal, () => process.exit(signal === "SIGINT" ? 130 : 143));
}
process.once("exit", () => screen.close());

try {
  await main();
} catch (error) {
  screen.close();
  screen.say(`\nThe demo failed: ${(error as Error).message}`);
  // The feeder may still be waiting for a turn.
  process.exit(1);
}
