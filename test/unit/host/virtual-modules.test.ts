import { expect, test } from "bun:test";
import * as api from "../../../src/api/mod.ts";
import {
  registerVirtualModules,
  virtualExports,
  virtualModuleNames,
} from "../../../src/host/virtual-modules.ts";
import { AppFolder } from "../../support/app-folder.ts";

test("what an app imports as wallaroo is our instance, whatever lies beside it", async () => {
  using folder = new AppFolder({
    "node_modules/wallaroo/package.json": '{"name":"wallaroo","type":"module","main":"i.js"}',
    "node_modules/wallaroo/i.js": "export const app = 'another';",
  });
  const path = folder.write("m.js", 'export { app, WallarooError } from "wallaroo";');
  registerVirtualModules();
  const module = (await import(path)) as Record<string, unknown>;
  expect(module["app"]).toBe(api.app);
  expect(module["WallarooError"]).toBe(api.WallarooError);
});

test("more modules can be given, each once; their names and exports are known", async () => {
  let loads = 0;
  const load = (): Promise<object> => {
    loads++;
    return Promise.resolve({ extra: 1 });
  };
  registerVirtualModules({ "wallaroo/extra-of-a-test": load });
  registerVirtualModules({ "wallaroo/extra-of-a-test": () => Promise.resolve({}) });
  expect(virtualModuleNames()).toContain("wallaroo/extra-of-a-test");
  expect(loads).toBe(0);
  using folder = new AppFolder();
  const path = folder.write("m.js", 'export { extra } from "wallaroo/extra-of-a-test";');
  expect(((await import(path)) as Record<string, unknown>)["extra"]).toBe(1);
  expect(await virtualExports("wallaroo/extra-of-a-test")).toEqual(["extra"]);
  expect(await virtualExports("wallaroo")).toContain("app");
  expect(await virtualExports("wallaroo/nothing")).toBeUndefined();
});
