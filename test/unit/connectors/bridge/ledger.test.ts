import { expect, test } from "bun:test";
import { Ledger } from "../../../../src/connectors/bridge/ledger.ts";
import { testWorld } from "../../../support/connector-context.ts";
import { NameStore } from "../../../support/name-store.ts";

function ledger(store = new NameStore(), sink = "out") {
  return { store, ledger: new Ledger({ ...testWorld().sink({ sink }), staging: store.store }) };
}

test("the last transaction that was not taken back says where the next begins", async () => {
  const { ledger: one } = ledger();
  expect(await one.last()).toBeUndefined();
  await one.note(9, 40);
  await one.note(10, 55);
  expect(await one.last()).toBe(55);
  await one.strike(10, 55);
  expect(await one.last()).toBe(40);
});

test("a commit forgets what was before it, and of its own sink only", async () => {
  const { store, ledger: one } = ledger();
  const { ledger: other } = ledger(store, "other");
  for (const epoch of [1, 2, 10]) {
    await one.note(epoch, epoch * 5);
    await other.note(epoch, epoch * 7);
  }
  await one.forgetBefore(10);
  expect([await one.last(), await other.last()]).toEqual([50, 70]);
  expect(store.names.size).toBe(4);
});

test("names are those that every store takes", async () => {
  const { store, ledger: one } = ledger(new NameStore(), "by day / ü");
  await one.note(5, 6);
  expect([...store.names][0]).toMatch(/^bridge\/[A-Za-z0-9._-]+\/[0-9]{16}-6$/);
});

test("without a store nothing is kept", async () => {
  const one = new Ledger(testWorld().sink());
  await one.note(1, 2);
  await one.strike(1, 2);
  await one.forgetBefore(1);
  expect(await one.last()).toBeUndefined();
});
