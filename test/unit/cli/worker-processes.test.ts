import { expect, test } from "bun:test";
import { cli } from "../../../src/cli/cli.ts";
import { worker } from "../../../src/cli/worker.ts";
import { FakeIo } from "../../support/fake-io.ts";

test.each([
  [["--processes", "2"], "--processes wants --name NAME"],
  [["--processes", "2", "--name", "w", "--listen", "127.0.0.1:7500"], "a port for each worker"],
  [["--processes", "2", "--name", "w", "--advertise", "h:7500"], "a port for each worker"],
  [["--processes", "0"], "--processes"],
])("%p is refused, and it is said why", async (words, why) => {
  const io = new FakeIo();
  expect(await cli(["worker", ...words], io, [worker])).toBe(2);
  expect(io.stderr.text).toContain(why);
});
