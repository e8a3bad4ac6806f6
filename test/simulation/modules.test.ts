/** Which modules of the binary are executed in simulation, and which are not, with the reasons. */
import { expect, test } from "bun:test";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { EXECUTED_OF_HOST, NOT_EXECUTED } from "./not-executed.ts";

const root = join(import.meta.dir, "../..");

/** Files of src that a file imports, and those imported by them. Types are no imports here. */
function closureOf(entry: string): ReadonlySet<string> {
  const transpiler = new Bun.Transpiler({ loader: "ts" });
  const found = new Set<string>();
  const visit = (file: string): void => {
    if (found.has(file) || !existsSync(join(root, file))) return;
    found.add(file);
    for (const { path } of transpiler.scanImports(readFileSync(join(root, file), "utf8"))) {
      if (path.startsWith(".")) visit(join(dirname(file), path));
      else if (path === "wallaroo") visit("src/api/mod.ts");
    }
  };
  visit(entry);
  return new Set([...found].filter((file) => file.startsWith("src/")));
}

/** Files of src of which some function is called by the seeds; those without functions count. */
function executed(): ReadonlySet<string> {
  const folder = mkdtempSync(join(tmpdir(), "wallaroo-coverage-"));
  try {
    const coverage = ["--coverage", "--coverage-reporter=lcov", `--coverage-dir=${folder}`];
    const args = ["test", "--timeout", "170000", "./test/simulation/some-seeds.ts", ...coverage];
    const run = Bun.spawnSync([process.execPath, ...args], { cwd: root, stderr: "pipe" });
    if (run.exitCode !== 0) throw new Error(run.stderr.toString());
    const found = new Set<string>();
    for (const part of readFileSync(join(folder, "lcov.info"), "utf8").split("end_of_record")) {
      const file = /^SF:(.*)$/m.exec(part)?.[1];
      const functions = Number(/^FNF:(\d+)$/m.exec(part)?.[1] ?? 0);
      const called = Number(/^FNH:(\d+)$/m.exec(part)?.[1] ?? 0);
      if (file?.startsWith("src/") && (called > 0 || functions === 0)) found.add(file);
    }
    return found;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

test("each module of the binary is executed in simulation, or it is said why not", () => {
  const inBinary = closureOf("src/main.ts");
  const inSimulation = executed();
  const reasons = Object.keys(NOT_EXECUTED);
  const isExcused = (file: string): boolean =>
    reasons.some((where) => (where.endsWith("/") ? file.startsWith(where) : file === where));
  const missing = [...inBinary].filter((file) => !inSimulation.has(file) && !isExcused(file));
  // Modules of types and of constants are nothing that could be executed.
  const transpiler = new Bun.Transpiler({ loader: "ts" });
  const hasCode = (file: string): boolean =>
    /function|=>|class /.test(transpiler.transformSync(readFileSync(join(root, file), "utf8")));
  expect(missing.filter(hasCode)).toEqual([]);
  // A reason that is not needed any more is taken off.
  const stale = reasons.filter((where) =>
    where.endsWith("/")
      ? ![...inBinary].some((file) => file.startsWith(where) && !inSimulation.has(file))
      : inSimulation.has(where) || !inBinary.has(where),
  );
  expect(stale).toEqual([]);
  // Where a folder is a reason, nothing of it is executed: elsewhere each file has its own.
  // Of `src/testing/`, the simulator is what executes.
  const folders = reasons.filter((where) => where.endsWith("/") && where !== "src/testing/");
  const mixed = folders.flatMap((where) =>
    [...inSimulation].filter((file) => file.startsWith(where) && hasCode(file)),
  );
  expect(mixed).toEqual([]);
  for (const file of EXECUTED_OF_HOST) expect(inSimulation).toContain(file);
}, 180_000);
