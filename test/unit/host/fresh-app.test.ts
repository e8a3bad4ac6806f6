import { expect, test } from "bun:test";
import { FreshApp } from "../../../src/host/fresh-app.ts";
import { loadApp } from "../../../src/host/load-app.ts";
import { AppFolder, lineApp } from "../../support/app-folder.ts";

test("each build has modules of its own", async () => {
  using folder = new AppFolder();
  const code = lineApp("fresh", "`${line} ${++lines}`", "let lines = 0;");
  const file = folder.write("fresh.ts", code);
  const loaded = await loadApp(file, { cacheFolder: `${folder.path}/cache` });
  using fresh = new FreshApp(loaded, {});
  const stepOf = async (): Promise<(line: string) => unknown> => {
    const { steps } = await fresh.build();
    const spec = steps.find(({ name }) => name === "step")!.spec as unknown;
    return (spec as { readonly fn: (line: string) => unknown }).fn;
  };
  const [one, other] = [await stepOf(), await stepOf()];
  expect([one("a"), one("a"), other("a")]).toEqual(["a 1", "a 2", "a 1"]);
});
