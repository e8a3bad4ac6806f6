import { expect, test } from "bun:test";
import packageJson from "../../../package.json" with { type: "json" };
import { SOURCE_VERSION, version, versionInfo, versionText } from "../../../src/cli/version.ts";
import { FakeIo } from "../../support/fake-io.ts";

test("the version of the sources is that of the package", () => {
  expect(SOURCE_VERSION).toBe(packageJson.version);
  expect(versionText()).toStartWith(SOURCE_VERSION);
});

test("the version is told to people and programs", async () => {
  const people = new FakeIo();
  expect(await version.run({}, { json: false }, people)).toBe(0);
  expect(people.stdout.text).toContain(`bun ${Bun.version}`);
  const programs = new FakeIo();
  await version.run({}, { json: true }, programs);
  expect(JSON.parse(programs.stdout.text)).toEqual({
    ...versionInfo(),
    commit: versionInfo().commit ?? null,
  });
});
