/** Changes of real files, as editors make them. */
import { expect, test } from "bun:test";
import { mkdirSync, renameSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { FileWatch } from "../../../src/host/watch-files.ts";
import { AppFolder } from "../../support/app-folder.ts";

/** A watch whose changes can be awaited. */
function watched(folder: AppFolder, files: readonly string[], isOpen = false) {
  let told = 0;
  let wake = (): void => undefined;
  const onChange = () => {
    told++;
    wake();
  };
  const watch = new FileWatch(folder.path, onChange, 50);
  watch.set(files, isOpen);
  const next = () =>
    new Promise<void>((resolve) => {
      wake = resolve;
    });
  return { watch, next, told: () => told };
}

test("a file written in place, replaced by another or removed is told", async () => {
  using folder = new AppFolder({ "app.ts": "1", "lib/a.ts": "1" });
  const app = join(folder.path, "app.ts");
  const lib = join(folder.path, "lib/a.ts");
  const { watch, next } = watched(folder, [app, lib]);
  using _ = watch;
  let told = next();
  writeFileSync(lib, "2");
  await told;
  told = next();
  writeFileSync(join(folder.path, "app.ts.new"), "3");
  renameSync(join(folder.path, "app.ts.new"), app);
  await told;
  told = next();
  rmSync(lib);
  await told;
});

test("several writes of one save are told once", async () => {
  using folder = new AppFolder({ "app.ts": "1" });
  const app = join(folder.path, "app.ts");
  const { watch, next, told } = watched(folder, [app]);
  using _ = watch;
  const first = next();
  for (let i = 0; i < 5; i++) writeFileSync(app, String(i));
  await first;
  expect(told()).toBe(1);
});

test("others, hidden ones and packages are not told; new code that is watched is", async () => {
  using folder = new AppFolder({ "app.ts": "1", "out/part.txt": "1", "node_modules/p/i.js": "" });
  const app = join(folder.path, "app.ts");
  const dep = join(folder.path, "node_modules/p/i.js");
  const { watch, next, told } = watched(folder, [app, dep]);
  using _ = watch;
  folder.write("other.ts", "1");
  folder.write(".hidden.ts", "1");
  folder.write("node_modules/p/i.js", "2");
  const last = next();
  writeFileSync(app, "2");
  await last;
  expect(told()).toBe(1);
  watch.set([app], true);
  folder.write("out/part.txt", "2");
  folder.write("node_modules/p/i.js", "3");
  const missing = next();
  folder.write("out/helper.ts", "1");
  await missing;
  expect(told()).toBe(2);
});

test("a file of another folder is told too, and so is what no watcher saw", async () => {
  using folder = new AppFolder({ "app/app.ts": "1" });
  using other = new AppFolder({ "shared.ts": "1" });
  const shared = join(other.path, "shared.ts");
  const { watch, next } = watched(folder, [shared, join(folder.path, "app/gone/x.ts")]);
  using _ = watch;
  let told = next();
  writeFileSync(shared, "2");
  await told;
  // The folder did not exist when the watch began, so only a look finds the file.
  told = next();
  mkdirSync(join(folder.path, "app/gone"));
  folder.write("app/gone/x.ts", "1");
  utimesSync(join(folder.path, "app/gone/x.ts"), 1, 1);
  await told;
});
