import { expect, test } from "bun:test";
import { type BuildLog, bundleError } from "../../../src/host/bundle-problem.ts";

const place = { file: "/apps/a.ts", line: 3, column: 7, lineText: "let x = ;" };
const log = (more: Partial<BuildLog>): BuildLog => {
  return { level: "error", name: "BuildMessage", message: "", position: place, ...more };
};

test("a file that the system does not give is told as that, without a line", () => {
  const message = "EACCES: permission denied, open '/apps/a.ts'";
  const logs = [log({ message, position: { ...place, line: 0, column: 0 } })];
  expect(bundleError("/apps/a.ts", logs)).toMatchObject({
    code: "no_access",
    message:
      "app /apps/a.ts cannot be read: permission denied: let the user of this process read and " +
      "write it (EACCES)",
  });
  expect(bundleError("/apps/app.ts", logs).message).toMatch(
    /^app \/apps\/app\.ts: \/apps\/a\.ts c/,
  );
});

test("what is no program is told by its place and line", () => {
  const { message } = bundleError("/apps/a.ts", [log({ message: "Unexpected ;" })]);
  expect(message).toMatch(/^app \/apps\/a\.ts cannot be read\n {2}\/apps\/a\.ts:3:7: Unexpected ;/);
  expect(message).toContain("3 | let x = ;");
});

test("what is imported and not there is told as a file or a package", () => {
  const told = (name: string): string => {
    const message = `Could not resolve: "${name}"`;
    return bundleError("/apps/a.ts", [log({ name: "ResolveMessage", message })]).message;
  };
  expect(told("./b.ts")).toMatch(
    /imports what is not there\n .*there is no file "\.\/b\.ts" beside/,
  );
  expect(told("@a/b/c")).toMatch(/there is no package "@a\/b", looked for in \/apps\/node_modules/);
});
