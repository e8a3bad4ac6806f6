import { expect, test } from "bun:test";
import { join } from "node:path";
import { type OutputStream, systemStdio } from "../../../src/host/system-stdio.ts";
import { codeOf } from "../../support/connector-context.ts";

async function* noInput(): AsyncGenerator<Uint8Array> {}

/** A stream that answers each write with `error`, or takes it. */
function outputOf(error?: Error): OutputStream & { readonly taken: string[] } {
  const taken: string[] = [];
  return {
    taken,
    on: () => undefined,
    write(chunk, done) {
      if (error === undefined) taken.push(Buffer.from(chunk).toString());
      done(error);
      return true;
    },
  };
}

const system = (code: string) => Object.assign(new Error(code), { code });

test("a write takes the bytes between start and end", async () => {
  const output = outputOf();
  const stdio = systemStdio(noInput, output);
  await stdio.write(Buffer.from("abcdef"), 1, 4);
  await stdio.write(Buffer.from("abcdef"), 2, 2);
  expect(output.taken).toEqual(["bcd"]);
});

test.each([
  ["EPIPE", "output_closed"],
  ["ERR_STREAM_DESTROYED", "output_closed"],
  ["ENOSPC", "disk_full"],
  ["EIO", "output"],
])("an output that answers %s fails with %s", async (code, expected) => {
  const stdio = systemStdio(noInput, outputOf(system(code)));
  expect(await codeOf(Promise.resolve(stdio.write(Buffer.from("a"), 0, 1)))).toBe(expected);
});

test("standard input can be read by one source only", async () => {
  const stdio = systemStdio(noInput, outputOf());
  stdio.input();
  expect(await codeOf(() => stdio.input())).toBe("input_taken");
});

test("a process copies its input to its output, and notices that nobody reads", async () => {
  const program = `
    const { systemStdio } = await import(${JSON.stringify(
      join(import.meta.dir, "../../../src/host/system-stdio.ts"),
    )});
    const stdio = systemStdio();
    let bytes = 0;
    for await (const chunk of stdio.input()) {
      bytes += chunk.length;
      await stdio.write(chunk, 0, chunk.length);
    }
    const line = Buffer.alloc(65536, "x");
    try {
      for (;;) await stdio.write(line, 0, line.length);
    } catch (error) {
      console.error(bytes, error.code);
    }`;
  const child = Bun.spawn([process.execPath, "-e", program], {
    stdin: Buffer.from("hello\n".repeat(50_000)),
    stdout: "pipe",
    stderr: "pipe",
  });
  const reader = child.stdout.getReader();
  let text = "";
  while (text.length < 300_000) {
    const { value } = await reader.read();
    if (value === undefined) break;
    text += Buffer.from(value).toString();
  }
  await reader.cancel();
  expect(text.slice(0, 300_000)).toBe("hello\n".repeat(50_000));
  expect(await child.exited).toBe(0);
  expect((await new Response(child.stderr).text()).trim()).toBe("300000 output_closed");
});
