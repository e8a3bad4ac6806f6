import { expect, test } from "bun:test";
import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { makeRunFolder } from "../../../src/host/run-folder.ts";

test("each is another, its owner's alone, and gone at the end with all in it", () => {
  const parent = join(mkdtempSync(join(tmpdir(), "wallaroo-folders-")), "made");
  const [a, b] = [makeRunFolder(parent), makeRunFolder(parent)];
  expect(a.path).not.toBe(b.path);
  expect(a.path).toStartWith(parent);
  expect(statSync(a.path).mode & 0o777).toBe(0o700);
  writeFileSync(join(a.path, "file"), "");
  const listeners = process.listenerCount("exit");
  a[Symbol.dispose]();
  expect([existsSync(a.path), existsSync(b.path)]).toEqual([false, true]);
  expect(process.listenerCount("exit")).toBe(listeners - 1);
  b[Symbol.dispose]();
  rmSync(parent, { recursive: true });
});

test("without a place it is in the system's folder for what is temporary", () => {
  using folder = makeRunFolder(undefined);
  expect(folder.path).toStartWith(tmpdir());
});

test("a place that is a file is told", () => {
  expect(() => makeRunFolder(import.meta.path)).toThrow(/no folder for this run can be made in/);
});
