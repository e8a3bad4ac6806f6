import { expect, test } from "bun:test";
import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { keptFolder, makeRunFolder } from "../../../src/host/run-folder.ts";
import { AppFolder } from "../../support/app-folder.ts";

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

test("a kept folder with checkpoints and without the log of their cluster is refused", () => {
  using apps = new AppFolder({
    "run/store/logs/jobs/a-1/0.rec": "x",
    "run/cluster/log/0.rec": "x",
  });
  const path = join(apps.path, "run");
  keptFolder(path)[Symbol.dispose]();
  rmSync(join(path, "cluster/log/0.rec"));
  for (let i = 0; i < 2; i++) {
    expect(() => keptFolder(path)).toThrow(
      `${path}/cluster/log, which tells of their jobs, is gone`,
    );
    rmSync(join(path, "cluster"), { recursive: true, force: true });
  }
  rmSync(join(path, "store/logs/jobs/a-1"), { recursive: true });
  keptFolder(path)[Symbol.dispose]();
});

test("a folder that is kept is made when it is not there, and stays", () => {
  using apps = new AppFolder();
  const path = join(apps.path, "a/b");
  for (let i = 0; i < 2; i++) {
    using folder = keptFolder(path);
    expect(folder.path).toBe(path);
  }
  expect(existsSync(path)).toBe(true);
  expect(() => keptFolder(join(import.meta.path, "x"))).toThrow(/no folder .* can be made/);
});
