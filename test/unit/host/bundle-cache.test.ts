import { expect, test } from "bun:test";
import { readdirSync, utimesSync } from "node:fs";
import { join } from "node:path";
import { openCache } from "../../../src/host/bundle-cache.ts";
import { AppFolder } from "../../support/app-folder.ts";

const name = (i: number): string => `${i.toString(16).padStart(64, "0")}.js`;

test("the newest 20 bundles are kept, and what is not ours is left alone", async () => {
  using folder = new AppFolder({ "cache/notes.js": "" });
  const old = new Date(0);
  utimesSync(join(folder.path, "cache/notes.js"), old, old);
  for (let i = 0; i < 30; i++) {
    const time = new Date(1_000_000 + i * 1_000);
    utimesSync(folder.write(`cache/${name(i)}`, ""), time, time);
  }
  expect(await openCache("cache", folder.path)).toBe(join(folder.path, "cache"));
  const kept = Array.from({ length: 20 }, (_, i) => name(i + 10));
  expect(readdirSync(join(folder.path, "cache")).sort()).toEqual([...kept, "notes.js"].sort());
});

test("young bundles are kept even when there are many: another process may need them", async () => {
  using folder = new AppFolder();
  for (let i = 0; i < 30; i++) folder.write(`cache/${name(i)}`, "");
  await openCache("cache", folder.path);
  expect(readdirSync(join(folder.path, "cache"))).toHaveLength(30);
});

test("a folder that cannot be made is told with its path", async () => {
  using folder = new AppFolder({ file: "" });
  await expect(openCache("file/cache", folder.path)).rejects.toThrow(`${folder.path}/file/cache`);
});
