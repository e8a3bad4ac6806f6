/**
 * Receivers of the connector protocol that fail the sink, at the real binary: it is told what
 * happened and what is kept, nothing is committed that the receiver refused, nothing twice, and
 * what was not committed comes when it is well again.
 */
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { appendFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { AppFolder } from "../support/app-folder.ts";
import { binary, type Ran, runBinary } from "../support/binary.ts";
import { COOKIE } from "../support/bridge-client.ts";
import { Receiver, type ReceiverSession, type Vote } from "../support/bridge-receiver.ts";

setDefaultTimeout(60_000);

const folder = new AppFolder();
beforeAll(binary, 60_000);
afterAll(() => folder[Symbol.dispose]());

const BLOCK = 20;
type Fate = ReturnType<Receiver["onPhase2"]>;

/** A receiver with a socket of its own, and an app that writes to it. */
class Story implements Disposable {
  readonly receiver = new Receiver();
  readonly #path: string;
  readonly #listener: { readonly port: number; stop(closeActive: boolean): void };
  #written = 0;

  constructor(name: string) {
    const { receiver } = this;
    this.#listener = Bun.listen<{ session: ReceiverSession }>({
      hostname: "127.0.0.1",
      port: 0,
      socket: {
        open: (socket) => {
          const send = (bytes: Buffer): void => void socket.write(bytes);
          socket.data = { session: receiver.connect({ send, close: () => void socket.end() }) };
        },
        data: (socket, chunk) => socket.data.session.feed(chunk),
        close: (socket) => socket.data.session.closed(),
      },
    });
    const { port } = this.#listener;
    const file = folder.write(
      `${name}/app.ts`,
      `import { app, bridge, file, state, utf8 } from "wallaroo";
const sink = bridge.connect({
  port: ${port}, cookie: ${JSON.stringify(COOKIE)}, encode: utf8, patience: "300ms" });
export default app("job", (flow) => {
  flow.source("in", file.read({ path: "in.txt", decode: utf8 }))
    .keyBy("key", () => "all")
    .mapWithState("count", state(() => ({ n: 0 })), (line: string, s) => line + " " + ++s.n + ";")
    .sink("out", sink);
});
`,
    );
    this.#path = join(file, "..");
    writeFileSync(join(this.#path, "in.txt"), "");
  }

  /** Reads one block more, to the end of the job. */
  async run(): Promise<Ran> {
    const lines = Array.from({ length: BLOCK }, (_, i) => `${this.#written + i}\n`);
    appendFileSync(join(this.#path, "in.txt"), lines.join(""));
    this.#written += BLOCK;
    const args = ["run", "./app.ts", "--data", "data", "--http", "off", "-q"];
    return await runBinary(args, { cwd: this.#path });
  }

  /** What was committed are the first blocks, once each. */
  check(blocks: number): void {
    const { receiver } = this;
    const wanted = Array.from({ length: blocks * BLOCK }, (_, n) => `${n} ${n + 1};`);
    expect(receiver.visible()).toBe(wanted.join(""));
    expect(receiver.violations).toEqual([]);
  }

  [Symbol.dispose](): void {
    this.#listener.stop(true);
  }
}

test.each([
  ["votes no", "no", /error: 3 attempts failed .*: receiver \S+ voted no on \S+: nothing of it is/],
  [
    "never votes",
    "silence",
    /error: 3 attempts failed .*: receiver \S+ did not vote on \S+ in 300 ms; nothing of it is com/,
  ],
] as const)(
  "one that %s: nothing is committed, and all of it when it votes yes",
  async (...one) => {
    const [name, vote, told] = one;
    using story = new Story(name.replace(" ", "-"));
    const { receiver } = story;
    expect((await story.run()).status).toBe(0);
    receiver.vote = () => vote;
    const refused = await story.run();
    expect([refused.status, refused.stderr]).toEqual([1, expect.stringMatching(told)]);
    story.check(1);
    receiver.vote = () => "yes";
    expect((await story.run()).status).toBe(0);
    story.check(3);
  },
);

test("one that disappears before its vote, after it, or with the decision", async () => {
  using story = new Story("disappears");
  const { receiver } = story;
  const votes: Vote[] = ["close before", "close after", "yes", "yes"];
  const fates: Fate[] = ["take", "take", "lose", "late"];
  for (const [block, vote] of votes.entries()) {
    const once = [vote];
    receiver.vote = () => once.shift() ?? "yes";
    const then = [fates[block]!];
    receiver.onPhase2 = () => then.shift() ?? "take";
    const { status, stderr } = await story.run();
    expect([status, stderr]).toEqual([0, expect.stringMatching(/receiver \S+ is gone: /)]);
    story.check(block + 1);
  }
});

test("one that forgets what it had prepared is sent it again, and it is said", async () => {
  using story = new Story("forgets");
  const { receiver } = story;
  expect((await story.run()).status).toBe(0);
  let decided = 0;
  receiver.onPhase2 = () => {
    if (decided++ > 0) return "take";
    receiver.forget();
    return "lose";
  };
  const { status, stderr } = await story.run();
  expect([status, stderr]).toEqual([
    0,
    expect.stringContaining("a receiver lost what it had prepared: it is sent again"),
  ]);
  story.check(2);
});

test("one that forgets its first transaction says 0, as some always do: it is told", async () => {
  using story = new Story("forgets-first");
  const { receiver } = story;
  receiver.onPhase2 = () => {
    receiver.forget();
    return "lose";
  };
  const { status, stderr } = await story.run();
  expect([status, receiver.visible()]).toEqual([0, ""]);
  expect(stderr).toContain("whether a receiver committed its first transaction cannot be told");
});
