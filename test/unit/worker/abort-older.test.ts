import { expect, test } from "bun:test";
import type { Committer, PreparedTransaction } from "../../../src/model/sink.ts";
import { abortOlder } from "../../../src/worker/abort-older.ts";

test("only what older generations left is taken back, and nothing of the manifest", async () => {
  const aborted: unknown[] = [];
  const list: PreparedTransaction[] = [1, 2, 3, 4].map((generation) => {
    return { generation, epoch: 10 + generation, pending: generation };
  });
  const committer: Committer = {
    commit: async () => undefined,
    abort: async (pending) => void aborted.push(pending),
    list: async () => list,
  };
  await abortOlder(committer, { generation: 3 }, 12);
  expect(aborted).toEqual([1]);
  await abortOlder(committer, { generation: 3 }, undefined);
  expect(aborted).toEqual([1, 1, 2]);
  await abortOlder(undefined, { generation: 3 }, 12);
});
