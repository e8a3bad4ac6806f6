/** The protocol of the child, with the real one. */
import { expect, test } from "bun:test";
import { closeSync } from "node:fs";
import { join } from "node:path";
import type { BundleReport, BundleRequest } from "../../../src/host/bundle-report.ts";
import { BUNDLE_COMMAND, REPORT_FD, selfCommand } from "../../../src/host/self.ts";
import { AppFolder, lineApp } from "../../support/app-folder.ts";

async function ask(request: BundleRequest): Promise<{ reports: BundleReport[]; said: string }> {
  const child = Bun.spawn(selfCommand([BUNDLE_COMMAND]), {
    stdio: [new TextEncoder().encode(JSON.stringify(request)), "pipe", "inherit", "pipe"],
  });
  const fd = Number(child.stdio[REPORT_FD]);
  const [answer, said] = await Promise.all([
    Bun.file(fd).text(),
    new Response(child.stdout).text(),
    child.exited,
  ]);
  closeSync(fd);
  const lines = answer.trimEnd().split("\n");
  return { reports: lines.map((line) => JSON.parse(line) as BundleReport), said };
}

test("it answers on its own descriptor, whatever the app prints or starts", async () => {
  using folder = new AppFolder({ "cache/x": "" });
  const before = 'console.log("{\\"type\\":\\"done\\"}"); setInterval(() => {}, 1_000_000);';
  const file = folder.write("a.ts", lineApp("a", "line", before));
  const { reports, said } = await ask({ file, cacheFolder: join(folder.path, "cache"), set: {} });
  expect(said).toBe('{"type":"done"}\n');
  expect(reports.map((report) => ("phase" in report ? report.phase : report.type))).toEqual([
    "bundle",
    "inputs",
    "import",
    "build",
    "done",
  ]);
});

test("an error that nobody awaits while the app is loaded fails it", async () => {
  using folder = new AppFolder({ "cache/x": "" });
  const before = 'void Promise.reject(new Error("stray"));\nawait new Promise(() => {});';
  const file = folder.write("a.ts", lineApp("a", "line", before));
  const { reports } = await ask({ file, cacheFolder: join(folder.path, "cache"), set: {} });
  expect(reports.at(-1)).toMatchObject({
    type: "failed",
    message: expect.stringContaining("stray"),
  });
});
