/** The contract of sinks objects to each way in which a sink can be wrong. */
import { expect, test } from "bun:test";
import { memory } from "../../../src/connectors/memory/mod.ts";
import type { Committer, Sink, SinkWriter } from "../../../src/model/sink.ts";
import { connectorWorld } from "../../../src/testing/connector-world.ts";
import { sinkContract } from "../../../src/testing/mod.ts";

type Pending = { readonly transaction: number; readonly records: number };
type Change = {
  readonly writer?: (writer: SinkWriter<string, Pending>) => Partial<SinkWriter<string, Pending>>;
  readonly committer?: (committer: Committer<Pending>) => Partial<Committer<Pending>>;
  /** A reader of the target sees what was written. */
  readonly isDirty?: boolean;
};

async function failuresOf(change: Change): Promise<string[]> {
  const checks = sinkContract(async () => {
    const target = memory.sink<string>();
    const sink: Sink<string, Pending> = {
      ...target.sink,
      open: async (ctx) => {
        const writer = await target.sink.open(ctx);
        return Object.assign(writer, change.writer?.(writer));
      },
      committer: async (ctx) => {
        const committer = await target.sink.committer!(ctx);
        return Object.assign(
          committer,
          change.committer?.({
            commit: committer.commit.bind(committer),
            abort: committer.abort.bind(committer),
            list: committer.list.bind(committer),
          }),
        );
      },
    };
    const visible = async () => (change.isDirty === true ? target.records : target.committed);
    return { sink, ctx: connectorWorld().sink(), record: (i) => `record ${i}`, visible };
  });
  const failures: string[] = [];
  for (const check of checks) {
    await check.run().catch((error: Error) => failures.push(`${check.name}: ${error.message}`));
  }
  return failures;
}

test("a good sink keeps it", async () => {
  expect(await failuresOf({})).toEqual([]);
});

test.each<[string, Change, string]>([
  ["shows what is not committed", { isDirty: true }, "what a reader sees before prepare"],
  [
    "gives nothing to commit",
    { writer: () => ({ prepare: async () => undefined }) },
    "prepare of records gave nothing",
  ],
  [
    "always gives something to commit",
    { writer: () => ({ prepare: async () => ({ transaction: 0, records: 0 }) }) },
    "prepare of nothing gave something",
  ],
  ["commits nothing", { committer: () => ({ commit: async () => undefined }) }, "after commit"],
  [
    "forgets what is prepared",
    { committer: () => ({ list: async () => [] }) },
    "what is listed as undecided",
  ],
  [
    "does not take back",
    { committer: (good) => ({ abort: (pending) => good.commit(pending) }) },
    "after an abort and a commit",
  ],
])("a sink that %s breaks it", async (_, change, text) => {
  expect((await failuresOf(change)).join("\n")).toContain(text);
});

test("a sink without a committer is told so", async () => {
  const { committer: _, ...sink } = memory.sink<string>().sink;
  const [check] = sinkContract(async () => ({
    sink,
    ctx: connectorWorld().sink(),
    record: String,
    visible: async () => [],
  }));
  await expect(check!.run()).rejects.toThrow("this sink has no committer");
});
