import { expect, test } from "bun:test";
import { systemCrypto } from "../../../src/host/system-crypto.ts";
import { probeCells } from "../../../src/storage/probe-cells.ts";
import { codeOf } from "../../support/connector-context.ts";
import { MemoryCells } from "../../support/memory-cells.ts";

const probe = (cells: MemoryCells): Promise<void> => probeCells(cells, systemCrypto());

test("a store that honours conditions passes, and nothing is left in it", async () => {
  const cells = new MemoryCells();
  await probe(cells);
  expect([...cells.cells.keys()]).toEqual([]);
});

test("a store that ignores conditions is refused", async () => {
  const cells = new MemoryCells();
  cells.ignoresConditions = true;
  expect(await codeOf(probe(cells))).toBe("store_ignores_conditions");
});

test("a store that ignores versions alone is refused", async () => {
  const cells = new MemoryCells();
  const replace = cells.replace.bind(cells);
  cells.replace = async (name, bytes) =>
    await replace(name, bytes, (await cells.get(name))!.version);
  expect(await codeOf(probe(cells))).toBe("store_ignores_conditions");
});

test("a store that confirms nothing is not accepted, and not accused", async () => {
  const cells = new MemoryCells();
  cells.fault = () => "dropped";
  expect(await codeOf(probe(cells))).toBe("store_unavailable");
  cells.doubt = "store.example gave no answer within 2000 ms: TimeoutError";
  expect(probe(cells)).rejects.toThrow(
    "memory did not confirm a write: store.example gave no answer within 2000 ms: TimeoutError. " +
      "If it is only slow, ?timeout= in its URL gives it longer",
  );
});
