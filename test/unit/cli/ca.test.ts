import { X509Certificate } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "bun:test";
import { caInit, caIssue } from "../../../src/cli/ca.ts";
import { cli } from "../../../src/cli/cli.ts";
import { FakeIo } from "../../support/fake-io.ts";

async function run(cwd: string, ...args: readonly string[]) {
  const io = new FakeIo({ cwd });
  const status = await cli(["ca", ...args], io, [caInit, caIssue]);
  return { status, stdout: io.stdout.text, stderr: io.stderr.text };
}

test("an authority is made, and issues for roles by name or as told", async () => {
  const cwd = mkdtempSync(join(tmpdir(), "wallaroo-ca-cli-"));
  try {
    expect(await run(cwd, "init")).toMatchObject({ status: 0 });
    const issue = (...args: readonly string[]) => run(cwd, "issue", ...args);
    const made = [
      await issue("coordinator", "--host", "10.0.0.5"),
      await issue("w-1", "ca", "--days", "7"),
      await issue("ada", "--role", "client", "--json"),
    ];
    expect(made.map(({ status }) => status)).toEqual([0, 0, 0]);
    const names = ["coordinator", "w-1", "ada"].map((name) => {
      return new X509Certificate(readFileSync(join(cwd, "ca", `${name}.pem`))).subjectAltName;
    });
    expect(names[0]).toMatch(/wallaroo:\/\/coordinator\/coordinator.*localhost.*10\.0\.0\.5/);
    expect(names[1]).toMatch(/wallaroo:\/\/worker\/w-1/);
    expect(names[2]).toMatch(/wallaroo:\/\/client\/ada/);
    expect(JSON.parse(made[2]!.stdout)).toMatchObject({ role: "client", name: "ada" });
    const again = await issue("w-1");
    expect(again.status).toBe(1);
    expect(again.stderr).toMatch(/is there already/);
  } finally {
    rmSync(cwd, { recursive: true });
  }
});
