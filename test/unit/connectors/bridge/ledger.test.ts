import { expect, test } from "bun:test";
import { Ledger } from "../../../../src/connectors/bridge/ledger.ts";
import { testWorld } from "../../../support/connector-context.ts";
import { NameStore } from "../../../support/name-store.ts";

function ledger(store = new NameStore(), sink = "out") {
  return { store, ledger: new Ledger({ ...testWorld().sink({ sink }), staging: store.store }) };
}

test("the newest commit says where the committed bytes end, of its own sink only", async () => {
  const store = new NameStore();
  const { ledger: one } = ledger(store);
  const { ledger: other } = ledger(store, "other");
  expect(await one.end()).toBeUndefined();
  for (const epoch of [1, 2, 9, 10]) {
    await one.commit(epoch, epoch * 5);
    await other.commit(epoch, epoch * 7);
    expect([await one.end(), await other.end()]).toEqual([epoch * 5, epoch * 7]);
  }
  expect(store.names.size).toBe(2);
});

test("a commit that is made again, also an old one, changes nothing", async () => {
  const { ledger: one, store } = ledger();
  await one.commit(9, 40);
  await one.commit(10, 55);
  await one.commit(10, 55);
  await one.commit(9, 40);
  expect(await one.end()).toBe(55);
  expect(store.names.size).toBe(1);
});

test("names are those that every store takes", async () => {
  const { store, ledger: one } = ledger(new NameStore(), "by day / ü");
  await one.commit(5, 6);
  expect([...store.names][0]).toMatch(/^bridge\/[A-Za-z0-9._-]+\/[0-9]{16}-6$/);
});

test("without a store nothing is kept", async () => {
  const one = new Ledger(testWorld().sink());
  await one.commit(1, 2);
  expect(await one.end()).toBeUndefined();
});
