/** Lines of users' code, on the engine: from every place where a function of theirs runs. */
import { describe, expect, test } from "bun:test";
import {
  app,
  file,
  memory,
  state,
  type KeyedContext,
  type StepContext,
} from "../../../src/api/mod.ts";
import { LogLevels } from "../../../src/model/log-levels.ts";
import { plan } from "../../../src/planner/plan.ts";
import { Job } from "../../../src/worker/job.ts";
import { MemoryDisk } from "../../support/memory-disk.ts";
import { NotedLog } from "../../support/noted-log.ts";
import { testPorts } from "../../support/run-app.ts";

const decode = {
  decode(bytes: Uint8Array, start: number, end: number, ctx?: StepContext): string {
    const text = Buffer.from(bytes.subarray(start, end)).toString();
    ctx?.log.debug("decode", { text });
    return text;
  },
};

const everywhere = app("everywhere", (flow) => {
  const tally = state((key, ctx: StepContext) => {
    ctx.log.info("new key", { key });
    return { n: 0 };
  });
  flow
    .source("lines", file.read({ path: "in", decode }), {
      time: (_, ctx) => {
        ctx.log.info("time");
        return 1;
      },
    })
    .map("up", (line, ctx) => {
      ctx.log.info("map", { line });
      return line.toUpperCase();
    })
    .filter("some", (_, ctx) => {
      ctx.log.info("filter");
      return true;
    })
    .flatMap("split", (line, ctx) => {
      ctx.log.info("flatMap");
      return line.split(" ");
    })
    .keyBy("word", (word, ctx) => {
      ctx.log.info("keyBy", { word });
      return word;
    })
    .mapWithState("count", tally, (word, s, ctx: KeyedContext) => {
      s.n++;
      ctx.log.warn("counted", { n: s.n });
      return word;
    })
    .sink("out", memory.sink<string>().sink);
});

async function run(levels: LogLevels, compiled: boolean): Promise<NotedLog> {
  const log = new NotedLog();
  const disk = new MemoryDisk();
  disk.put("in", "a b\na\n");
  const pipeline = await everywhere.build({});
  const job = await Job.start({
    job: "j",
    app: "everywhere",
    worker: "w1",
    pipeline,
    plan: plan(pipeline),
    ports: { ...testPorts(log), disk },
    metrics: false,
    compiled,
    logLevels: levels,
  });
  expect((await job.done).error).toBeUndefined();
  return log;
}

describe.each([true, false])("compiled %p", (compiled) => {
  test("a line from any function says which step, job and worker it is from", async () => {
    const { lines } = await run(new LogLevels("debug"), compiled);
    const seen = lines.map(({ text, fields }) => {
      const { step, job, worker, key } = fields;
      return [text, step, job, worker, ...(key === undefined ? [] : [key])].join(" ");
    });
    expect(new Set(seen)).toEqual(
      new Set([
        "decode lines j w1",
        "time lines j w1",
        "map up j w1",
        "filter some j w1",
        "flatMap split j w1",
        "keyBy word j w1",
        "new key count j w1 A",
        "new key count j w1 B",
        "counted count j w1 A",
        "counted count j w1 B",
      ]),
    );
    expect(lines.filter(({ text }) => text === "counted").map(({ fields }) => fields["n"])).toEqual(
      [1, 1, 2],
    );
  });

  test("only the lines that a step's level lets through are written", async () => {
    const levels = new LogLevels("error", [
      ["lines", "debug"],
      ["count", "warn"],
    ]);
    const { lines } = await run(levels, compiled);
    expect(new Set(lines.map(({ text }) => text))).toEqual(new Set(["decode", "time", "counted"]));
  });

  test("a level that changes while the job runs counts from the next line on", async () => {
    const levels = new LogLevels("error");
    const log = new NotedLog();
    const feed = memory.feed<string>();
    const told = app("told", (flow) => {
      flow
        .source("lines", feed.source)
        .map("up", (line, ctx) => {
          ctx.log.debug(line);
          if (line === "on") levels.setStep("up", "debug");
          return line;
        })
        .sink("out", memory.sink<string>().sink);
    });
    const pipeline = await told.build({});
    const job = await Job.start({
      job: "j",
      app: "told",
      worker: "w1",
      pipeline,
      plan: plan(pipeline),
      ports: testPorts(log),
      metrics: false,
      compiled,
      logLevels: levels,
    });
    feed.push("before", "on", "after");
    feed.end();
    await job.done;
    expect(log.lines.map(({ text }) => text)).toEqual(["after"]);
  });
});
