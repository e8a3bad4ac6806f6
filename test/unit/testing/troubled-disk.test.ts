import { expect, test } from "bun:test";
import { Prng } from "../../../src/base/prng.ts";
import { SimClock } from "../../../src/testing/sim-clock.ts";
import { SimDisk } from "../../../src/testing/sim-disk.ts";
import { type Trouble, TroubledDisk } from "../../../src/testing/troubled-disk.ts";

async function linked(trouble: Partial<Trouble> | undefined) {
  const disk = new SimDisk();
  disk.put("/a", "x");
  const clock = new SimClock();
  const noted: string[] = [];
  const all = trouble && { delayMs: 0, refuse: 0, lose: 0, late: 0, ...trouble };
  const troubled = new TroubledDisk({
    disk,
    clock,
    worldClock: clock,
    prng: new Prng(1),
    trouble: () => all,
    note: (what) => noted.push(what),
  });
  let outcome = "";
  troubled.link("/a", "/b").then(
    (said) => (outcome = said),
    () => (outcome = "failed"),
  );
  const turn = async (ms: number) => {
    for (let i = 0; i < 10; i++) await Promise.resolve();
    clock.advance(ms);
    for (let i = 0; i < 10; i++) await Promise.resolve();
  };
  await turn(0);
  await turn(0);
  const isThere = disk.paths().includes("/b");
  await turn(3_000);
  return { outcome, isThere, isThereLater: disk.paths().includes("/b"), noted };
}

test("without trouble a call is what it is", async () => {
  expect(await linked(undefined)).toMatchObject({ outcome: "ok", isThere: true, noted: [] });
});

test("what is refused does not happen, what is lost does, what is late does later", async () => {
  const no = { outcome: "failed", isThere: false };
  expect(await linked({ refuse: 1 })).toMatchObject({ ...no, isThereLater: false });
  expect(await linked({ lose: 1 })).toMatchObject({ outcome: "failed", isThere: true });
  expect(await linked({ late: 1 })).toMatchObject({ ...no, isThereLater: true, noted: ["late"] });
});
