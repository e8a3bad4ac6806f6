import { expect, test } from "bun:test";
import { childEnvironment, hostileEnvironment, selfCommand } from "../../../src/host/self.ts";

test("from sources, a copy of this process is bun with our entry", async () => {
  const child = Bun.spawn(selfCommand(["version", "--json"]), { env: childEnvironment() });
  const version = (await new Response(child.stdout).json()) as { readonly bun: string };
  expect(version.bun).toBe(Bun.version);
});

test("a child gets our environment without what would change the code it runs", () => {
  const before = { ...process.env };
  try {
    Object.assign(process.env, { BUN_OPTIONS: "--smol", BUN_BE_BUN: "1", WALLAROO_SEEN: "yes" });
    const env = childEnvironment();
    expect(env["WALLAROO_SEEN"]).toBe("yes");
    expect(env["PATH"]).toBe(process.env["PATH"]);
    expect(Object.keys(env)).not.toContain("BUN_OPTIONS");
    expect(Object.keys(env)).not.toContain("BUN_BE_BUN");
    // Who runs the sources with bun may give bun options.
    expect(hostileEnvironment()).toBeUndefined();
    process.env["NODE_TLS_REJECT_UNAUTHORIZED"] = "0";
    expect(hostileEnvironment()).toMatch(/unset NODE_TLS_REJECT_UNAUTHORIZED/);
  } finally {
    for (const name of [
      "BUN_OPTIONS",
      "BUN_BE_BUN",
      "WALLAROO_SEEN",
      "NODE_TLS_REJECT_UNAUTHORIZED",
    ]) {
      if (before[name] === undefined) delete process.env[name];
      else process.env[name] = before[name];
    }
  }
});
