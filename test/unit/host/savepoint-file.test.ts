import { expect, test } from "bun:test";
import { isSegmentName, readAbout } from "../../../src/host/savepoint-file.ts";

test("names that are no files of checkpoints lead nowhere", () => {
  expect(isSegmentName("jobs/test-0123456789ab/7-1-0-1.1.seg")).toBe(true);
  const others = [
    "jobs/test/savepoints/sp-1",
    "jobs/test/../x.seg",
    "/jobs/test/a.seg",
    "jobs/test/.tmp.seg",
    "proofs/a.seg",
    "jobs/test/ingest/a.seg",
  ];
  for (const name of others) expect(isSegmentName(name)).toBe(false);
});

test("what a file says of itself is checked before it names anything", () => {
  const about = (more: object) =>
    JSON.stringify({ wallaroo: "savepoint", form: 1, lineage: "a-1", savepoint: "sp-1", ...more });
  expect(readAbout(about({}), "x")).toMatchObject({ lineage: "a-1", savepoint: "sp-1" });
  for (const wrong of [
    { lineage: "../a" },
    { lineage: 1 },
    { savepoint: "x" },
    { savepoint: "" },
  ]) {
    expect(() => readAbout(about(wrong), "x")).toThrow("names no job or savepoint");
  }
  expect(() => readAbout("{", "x")).toThrow("is no JSON");
});
