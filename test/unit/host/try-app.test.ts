import { expect, test } from "bun:test";
import { app } from "../../../src/api/mod.ts";
import { userError } from "../../../src/base/errors.ts";
import { buildApp, importApp } from "../../../src/host/try-app.ts";
import { APP_MARK } from "../../../src/model/app.ts";
import { AppFolder } from "../../support/app-folder.ts";

const code = async (work: Promise<unknown>): Promise<string> => {
  const error: unknown = await work.then(() => undefined).catch((reason: unknown) => reason);
  return error instanceof Error && "code" in error ? String(error.code) : "none";
};

test("an app is known by its mark, made by whatever copy of the API", async () => {
  using folder = new AppFolder();
  const path = folder.write(
    "m.js",
    `export default { mark: "${APP_MARK}", name: "a", build: async () => null };`,
  );
  expect((await importApp(path, path)).name).toBe("a");
});

test("an app of another version is told as such", async () => {
  using folder = new AppFolder();
  const path = folder.write("m.js", 'export default { mark: "wallaroo.app.v0", build() {} };');
  await expect(importApp(path, path)).rejects.toThrow("an app of another version");
});

test("what is thrown and is no error is told too", async () => {
  using folder = new AppFolder();
  const path = folder.write("m.js", 'throw "just text";');
  await expect(importApp(path, path)).rejects.toThrow("threw while it was imported: just text");
});

test("a refusal of the build keeps its code; anything else is the app's throw", async () => {
  const refuses = app("a", () => {
    throw userError("bad_thing", "a bad thing");
  });
  expect(await code(buildApp(refuses, "a.ts", {}))).toBe("bad_thing");
  const throws = app("a", () => {
    throw new RangeError("out");
  });
  expect(await code(buildApp(throws, "a.ts", {}))).toBe("app_throws");
  expect(
    await code(
      buildApp(
        app("a", () => undefined),
        "a.ts",
        {},
      ),
    ),
  ).toBe("bad_pipeline");
});
