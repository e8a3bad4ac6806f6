import { expect, test } from "bun:test";
import fc from "fast-check";
import { systemCrypto } from "../../../src/host/system-crypto.ts";
import { CellMetaLog } from "../../../src/storage/cell-meta-log.ts";
import { codeOf } from "../../support/connector-context.ts";
import { type CellFault, MemoryCells } from "../../support/memory-cells.ts";

const crypto = systemCrypto();
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const open = (cells: MemoryCells): Promise<CellMetaLog> =>
  CellMetaLog.open({ cells, name: "logs/a", crypto });

test("whatever is lost or late, each slot has one record, and its writer knows", async () => {
  const faults = fc.array(fc.constantFrom<CellFault>("lost", "dropped", "late", undefined), {
    maxLength: 40,
  });
  await fc.assert(
    fc.asyncProperty(faults, async (plan) => {
      const cells = new MemoryCells();
      const next = plan[Symbol.iterator]();
      const writers = [await open(cells), await open(cells), await open(cells)];
      const won = new Map<number, string>();
      cells.fault = () => next.next().value;
      await Promise.all(
        writers.map(async (log, i) => {
          for (let turn = 0; turn < 3; turn++) {
            const [slot, text] = [await log.tail(), `${i}.${turn}`];
            for (let attempt = 0; attempt < 60; attempt++) {
              const outcome = await log.append(slot, bytes(text));
              if (attempt % 3 === 2) cells.applyLate();
              if (outcome === "ok") {
                expect(won.has(slot)).toBe(false);
                won.set(slot, text);
              }
              if (outcome !== "unknown") break;
            }
          }
        }),
      );
      cells.applyLate();
      const log = await open(cells);
      const tail = await log.tail();
      expect(tail).toBe(won.size);
      for (const [slot, text] of won) {
        expect(new TextDecoder().decode(await log.read(slot))).toBe(text);
      }
    }),
    { numRuns: 200 },
  );
});

test("a write that comes late to a slot that was dropped is no record", async () => {
  const cells = new MemoryCells();
  const [zombie, leader] = [await open(cells), await open(cells)];
  cells.fault = () => "late";
  expect(await zombie.append(0, bytes("zombie"))).toBe("unknown");
  cells.fault = () => undefined;
  for (let slot = 0; slot < 4; slot++) expect(await leader.append(slot, bytes("l"))).toBe("ok");
  await leader.trim(2);
  cells.applyLate();
  expect(await zombie.append(0, bytes("zombie"))).toBe("taken");
  const log = await open(cells);
  expect([await log.head(), await log.tail()]).toEqual([2, 4]);
});

test("every flipped bit of a record is found, as are a missing and a foreign one", async () => {
  const cells = new MemoryCells();
  const log = await open(cells);
  for (let slot = 0; slot < 3; slot++) await log.append(slot, bytes(`${slot}`));
  const names = [...cells.cells.keys()].sort();
  const cell = cells.cells.get(names[1]!)!;
  for (let at = 0; at < cell.bytes.length; at++) {
    const flipped = cell.bytes.slice();
    flipped[at]! ^= 1 << (at % 8);
    cells.cells.set(names[1]!, { ...cell, bytes: flipped });
    expect(await codeOf(open(cells))).toBe("log_damaged");
  }
  cells.cells.delete(names[1]!);
  expect(await codeOf(open(cells))).toBe("log_gap");
  const other = new MemoryCells();
  const foreign = await open(other);
  for (let slot = 0; slot < 3; slot++) await foreign.append(slot, bytes(`${slot}`));
  cells.cells.set(names[1]!, other.cells.get(names[1]!)!);
  expect(await codeOf(open(cells))).toBe("log_damaged");
});

test("a record above what the store takes is refused with the limit", async () => {
  const log = await open(new MemoryCells());
  expect(await codeOf(log.append(0, new Uint8Array(1_000_000)))).toBe("record_too_large");
  expect(await log.tail()).toBe(0);
});
