/** The real child processes: this same executable, with standard input and output shared. */
import { externalError, messageOf } from "../base/errors.ts";
import type { ChildEvents, ChildProcesses } from "../ports/child-process.ts";
import { CHILD_COMMAND, childEnvironment, selfCommand } from "./self.ts";
import { READY, STOP } from "./supervised.ts";

/** A longer line of a child's log is told in pieces. */
const LINE_CHARS_MAX = 65_536;

export function systemChildren(): ChildProcesses {
  return {
    start(args, events) {
      let child: Bun.Subprocess<"inherit", "inherit", "pipe">;
      try {
        child = Bun.spawn({
          cmd: selfCommand([CHILD_COMMAND, ...args]),
          env: environment(),
          stdin: "inherit",
          stdout: "inherit",
          stderr: "pipe",
          serialization: "json",
          ipc: (message: unknown) => {
            if (message === READY) events.ready();
          },
        });
      } catch (error) {
        throw externalError(
          "cannot_start",
          `a process cannot be started: ${messageOf(error)}`,
          error,
        );
      }
      // Where the kernel does not end a child with its parent, this does.
      const kill = (): void => child.kill("SIGKILL");
      process.on("exit", kill);
      void ended(child, events).finally(() => process.off("exit", kill));
      return {
        pid: child.pid,
        kill,
        stop: () => {
          // One whose channel is gone is going itself.
          if (child.exitCode === null && child.signalCode === null) child.send(STOP);
        },
      };
    },
  };
}

/** Options of ours come by the command line alone: the parent has read its own. */
function environment(): Record<string, string> {
  const all = Object.entries(childEnvironment());
  return Object.fromEntries(all.filter(([name]) => !name.startsWith("WALLAROO_")));
}

async function ended(
  child: Bun.Subprocess<"inherit", "inherit", "pipe">,
  events: ChildEvents,
): Promise<void> {
  const told = tellLines(child.stderr, events).catch(() => undefined);
  await child.exited;
  await told;
  const { exitCode, signalCode } = child;
  events.exited({
    status: exitCode ?? undefined,
    signal: signalCode === null ? undefined : String(signalCode),
  });
}

async function tellLines(stream: ReadableStream<Uint8Array>, events: ChildEvents): Promise<void> {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const chunk of stream) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split("\n");
    rest = lines.pop()!;
    for (const line of lines) events.line(line);
    if (rest.length < LINE_CHARS_MAX) continue;
    events.line(rest);
    rest = "";
  }
  if (rest !== "") events.line(rest);
}
