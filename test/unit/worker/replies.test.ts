/** Request and response in a whole job over real sockets: each producer gets its own answers. */
import { expect, test } from "bun:test";
import { app, memory, tcp, utf8 } from "../../../src/api/mod.ts";
import type { Address, Connection } from "../../../src/ports/network.ts";
import { plan } from "../../../src/planner/plan.ts";
import { tcpNetwork } from "../../../src/transport/tcp.ts";
import { Job } from "../../../src/worker/job.ts";
import { testPorts } from "../../support/run-app.ts";

const network = tcpNetwork();

/** One that asks, and gathers the lines that it is answered. */
async function client(to: Address) {
  let text = "";
  let wake = (): void => undefined;
  const closed = Promise.withResolvers<void>();
  const connection: Connection = await network.connect(to, () => ({
    data: (chunk) => {
      text += Buffer.from(chunk).toString();
      wake();
    },
    drain: () => undefined,
    close: () => closed.resolve(),
  }));
  const lines = (): string[] => text.split("\n").slice(0, -1);
  return {
    lines,
    ask(...questions: string[]): void {
      const bytes = Buffer.from(questions.map((line) => `${line}\n`).join(""));
      const taken = connection.write(bytes, 0, bytes.length);
      if (taken !== bytes.length) throw new Error("more than the kernel takes at once");
    },
    async until(count: number): Promise<void> {
      while (lines().length < count) await new Promise<void>((resolve) => (wake = resolve));
    },
    leave: () => connection.terminate(),
    closed: closed.promise,
  };
}

async function echo() {
  const seen = memory.sink<string>();
  const upper = app("echo", (flow) => {
    const requests = flow.source(
      "requests",
      tcp.listen({ port: 0, frame: "lines", decode: utf8, origin: true, linger: "1h" }),
    );
    requests.sink(
      "answers",
      tcp.reply((r) => r.from, {
        frame: "lines",
        encode: utf8,
        value: (r) => r.value.toUpperCase(),
      }),
    );
    requests.map("text", (r) => r.value).sink("seen", seen.sink);
  });
  const pipeline = await upper.build({});
  const job = await Job.start({
    job: "echo",
    app: "echo",
    worker: "test",
    pipeline,
    plan: plan(pipeline),
    ports: { ...testPorts(), network },
    metrics: false,
  });
  return { job, seen, address: job.status().sources[0]!.addresses[0]! };
}

test("of three producers each gets its answers in order, also when one goes away", async () => {
  const { job, seen, address } = await echo();
  const [a, b, c] = [await client(address), await client(address), await client(address)];
  a.ask("a0");
  b.ask("b0");
  c.ask("c0");
  await Promise.all([a.until(1), b.until(1), c.until(1)]);
  b.leave();
  await b.closed;
  const EACH = 2_000;
  const texts = (name: string): string[] =>
    Array.from({ length: EACH }, (_, i) => `${name}${i + 1}`);
  a.ask(...texts("a"));
  c.ask(...texts("c"));
  await Promise.all([a.until(EACH + 1), c.until(EACH + 1)]);
  expect(a.lines()).toEqual(["a0", ...texts("a")].map((text) => text.toUpperCase()));
  expect(c.lines()).toEqual(["c0", ...texts("c")].map((text) => text.toUpperCase()));
  expect(b.lines()).toEqual(["B0"]);
  await job.stop();
  await Promise.all([a.closed, c.closed]);
  expect(job.status().state).toBe("stopped");
  expect(seen.committed.length).toBe(2 * EACH + 3);
});
