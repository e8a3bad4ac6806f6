import { expect, test } from "bun:test";
import { FreshApp, GlobalNames } from "../../../src/host/fresh-app.ts";
import { loadApp } from "../../../src/host/load-app.ts";
import { AppFolder, lineApp } from "../../support/app-folder.ts";

test("each build has modules of its own", async () => {
  using folder = new AppFolder();
  const code = lineApp("fresh", "`${line} ${++lines}`", "let lines = 0;");
  const file = folder.write("fresh.ts", code);
  const loaded = await loadApp(file, { cacheFolder: `${folder.path}/cache` });
  using fresh = new FreshApp(loaded, {}, new GlobalNames());
  const stepOf = async (): Promise<(line: string) => unknown> => {
    const { steps } = await fresh.build();
    const spec = steps.find(({ name }) => name === "step")!.spec as unknown;
    return (spec as { readonly fn: (line: string) => unknown }).fn;
  };
  const [one, other] = [await stepOf(), await stepOf()];
  expect([one("a"), one("a"), other("a")]).toEqual(["a 1", "a 2", "a 1"]);
});

test("what an app adds to globalThis is gone when it is evaluated again", async () => {
  using folder = new AppFolder();
  const globals = new GlobalNames();
  const before = `globalThis.ofThisTest = (globalThis.ofThisTest ?? 0) + 1;
Object.defineProperty(globalThis, Symbol.for("of this test"), { value: 1, configurable: true });`;
  const code = lineApp("globals", "line + globalThis.ofThisTest", before);
  const file = folder.write("globals.ts", code);
  const loaded = await loadApp(file, { cacheFolder: `${folder.path}/cache` });
  const added = (): unknown => Reflect.get(globalThis, "ofThisTest");
  expect(added()).toBe(1);
  const fresh = new FreshApp(loaded, {}, globals);
  const names = Reflect.ownKeys(globalThis);
  await fresh.build();
  await fresh.build();
  expect(added()).toBe(1);
  expect(Reflect.ownKeys(globalThis)).toEqual(names);
  fresh.release();
  expect(added()).toBeUndefined();
  expect(Reflect.has(globalThis, Symbol.for("of this test"))).toBe(false);
});
