import { expect, test } from "bun:test";
import { existsSync, readdirSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { cachedKit, installedKit, installKit } from "../../../src/host/kit.ts";
import { AppFolder } from "../../support/app-folder.ts";
import { SMALL_KIT, writeSmallKit } from "../../support/small-kit.ts";

const namesIn = (folder: string): string[] =>
  [...new Bun.Glob("**/*").scanSync({ cwd: folder, dot: true })].sort();

test("the cache holds every file of the kit, and gets back what was taken away", async () => {
  using folder = new AppFolder();
  const places = { kitFile: await writeSmallKit(folder), cacheFolder: join(folder.path, "cache") };
  const kit = await cachedKit(folder.path, places);
  expect(namesIn(kit.folder)).toEqual(Object.keys(SMALL_KIT).sort());
  rmSync(join(kit.folder, "types"), { recursive: true });
  expect(await cachedKit(folder.path, places)).toEqual(kit);
  expect(namesIn(kit.folder)).toEqual(Object.keys(SMALL_KIT).sort());
});

test("kits of other executables are kept, but not for ever", async () => {
  using folder = new AppFolder();
  const cacheFolder = join(folder.path, "cache");
  const ids: string[] = [];
  for (const more of ["", "1", "22", "333", "4444"]) {
    const kitFile = await writeSmallKit(folder, more);
    ids.push((await cachedKit(folder.path, { kitFile, cacheFolder })).id);
  }
  expect(new Set(ids).size).toBe(5);
  const kept = readdirSync(cacheFolder);
  expect(kept).toHaveLength(3);
  expect(kept).toContain(`kit-${ids[4]}`);
});

test("a project gets the kit, and another one in its place", async () => {
  using folder = new AppFolder({ "app.ts": "" });
  expect(installedKit(folder.path)).toBeUndefined();
  expect(await installKit(folder.path, await writeSmallKit(folder))).toBe(false);
  const first = installedKit(folder.path);
  expect(await installKit(folder.path, await writeSmallKit(folder, "more"))).toBe(true);
  expect(installedKit(folder.path)).not.toBe(first!);
  const installed = join(folder.path, "node_modules", "wallaroo");
  expect(readFileSync(join(installed, "more.js"), "utf8")).toBe("more");
  await installKit(folder.path, await writeSmallKit(folder));
  expect(existsSync(join(installed, "more.js"))).toBe(false);
  expect(readdirSync(join(folder.path, "node_modules"))).toEqual(["wallaroo"]);
});

test("a package of that name which is not ours stays as it is", async () => {
  using folder = new AppFolder({ "node_modules/wallaroo/package.json": "{}", "other/x": "" });
  const kitFile = await writeSmallKit(folder);
  await expect(installKit(folder.path, kitFile)).rejects.toThrow("was not written by wallaroo");
  const linked = join(folder.path, "linked");
  folder.write("linked/node_modules/.keep", "");
  symlinkSync(join(folder.path, "other"), join(linked, "node_modules", "wallaroo"));
  await expect(installKit(linked, kitFile)).rejects.toThrow("was not written by wallaroo");
  expect(readdirSync(join(folder.path, "other"))).toEqual(["x"]);
});

test("the sources as they are have no kit, and say what makes one", async () => {
  using folder = new AppFolder();
  await expect(installKit(folder.path)).rejects.toThrow("npm run build");
});
