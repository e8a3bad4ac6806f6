import { expect, test } from "bun:test";
import { filesOf, namesOf, sizesOf } from "../../../src/model/checkpoint-files.ts";

const file = (name: string, size: number) => ({ name, size, sha256: "", epoch: 1 });
const checkpoint = {
  tasks: [
    { steps: [], files: [file("a", 10), file("b", 20)] },
    { steps: [], files: [file("b", 20), file("c", 5)] },
  ],
};

test("a file that two tasks have is one", () => {
  expect(filesOf(checkpoint)).toEqual([file("a", 10), file("b", 20), file("c", 5)]);
  expect(namesOf(checkpoint)).toEqual(["a", "b", "c"]);
  expect(sizesOf(checkpoint)).toEqual({ files: 3, bytes: 35 });
  expect(sizesOf({ tasks: [] })).toEqual({ files: 0, bytes: 0 });
});
