import { expect, test } from "bun:test";
import { readFile } from "../../../src/cli/read-file.ts";
import { AppFolder } from "../../support/app-folder.ts";
import { FakeIo } from "../../support/fake-io.ts";

test("a file is read from the folder of the command, and what is none is refused", async () => {
  using folder = new AppFolder({ "sub/a.txt": "bytes" });
  const io = Object.assign(new FakeIo(), { cwd: folder.path });
  expect(Buffer.from(await readFile("sub/a.txt", io)).toString()).toBe("bytes");
  expect(readFile("sub", io)).rejects.toThrow("sub is a folder: name a file");
  expect(readFile("b.txt", io)).rejects.toThrow(
    `b.txt: cannot be read: there is no such file (looked for ${folder.path}/b.txt)`,
  );
});
