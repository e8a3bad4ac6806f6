import { expect, test } from "bun:test";
import { ReleaseLines } from "../../../../src/connectors/release/lines.ts";
import { FakeNetwork } from "../../../support/fake-network.ts";
import { releaseWorld } from "../../../support/release-world.ts";

const ADDRESS = { host: "127.0.0.1", port: 7_002 };

test("a line is found by receiver, job, sink and connection while its writer has it", () => {
  const { ctx } = releaseWorld();
  const lines = ReleaseLines.of(ctx().network);
  const line = lines.open(ADDRESS, ctx());
  expect(ReleaseLines.of(ctx().network).find(ADDRESS, ctx({ generation: 9 }))).toBe(line);
  expect(lines.find(ADDRESS, ctx({ index: 1 }))).toBeUndefined();
  expect(lines.find(ADDRESS, ctx({ job: "other" }))).toBeUndefined();
  expect(lines.find({ ...ADDRESS, port: 1 }, ctx())).toBeUndefined();
  expect(ReleaseLines.of(new FakeNetwork()).find(ADDRESS, ctx())).toBeUndefined();
  lines.close(line);
  expect(lines.find(ADDRESS, ctx())).toBeUndefined();
});

test("a writer that is replaced closes its own line, not the next one's", () => {
  const { ctx } = releaseWorld();
  const lines = ReleaseLines.of(ctx().network);
  const [first, second] = [lines.open(ADDRESS, ctx()), lines.open(ADDRESS, ctx())];
  lines.close(first);
  expect(lines.find(ADDRESS, ctx())).toBe(second);
});
