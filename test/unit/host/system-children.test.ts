/** Real processes of this program, from its sources. */
import { expect, test } from "bun:test";
import { selfCommand } from "../../../src/host/self.ts";
import { systemChildren } from "../../../src/host/system-children.ts";
import type { ChildExit } from "../../../src/ports/child-process.ts";

function start(...args: readonly string[]) {
  const lines: string[] = [];
  const ended = Promise.withResolvers<ChildExit>();
  const line = Promise.withResolvers<void>();
  const child = systemChildren().start(args, {
    ready: () => lines.push("(ready)"),
    line: (text) => {
      lines.push(text);
      line.resolve();
    },
    exited: ended.resolve,
  });
  return { child, lines, ended: ended.promise, line: line.promise };
}

test("all lines of its log are told before its end is", async () => {
  const { lines, ended } = start("worker", "--no-such-flag");
  expect(await ended).toEqual({ status: 2, signal: undefined });
  expect(lines[0]).toStartWith("error: ");
  expect(lines).not.toContain("(ready)");
});

test("one that is killed tells the signal; what is asked of it then does nothing", async () => {
  const { child, ended } = start("worker", "--no-such-flag");
  child.kill();
  expect(await ended).toEqual({ status: undefined, signal: "SIGKILL" });
  child.kill();
  child.stop();
});

test("a child of nobody is refused", () => {
  const { exitCode, stderr } = Bun.spawnSync(selfCommand(["__child", "version"]));
  expect(exitCode).toBe(2);
  expect(stderr.toString()).toContain("for processes that wallaroo starts itself");
});
