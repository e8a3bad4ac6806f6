import { describe, expect, test } from "bun:test";
import { runCampaign, seedRange, type CampaignState, type SeedResult } from "./runner.ts";

/** A clock that moves 300 ms whenever it is looked at, and what was saved and shown. */
function surroundings(stopAfter = Infinity) {
  let time = 0;
  const saved: CampaignState[] = [];
  const shown: number[] = [];
  return {
    saved,
    shown,
    now: () => (time += 300),
    save: (state: CampaignState) => void saved.push(state),
    progress: (result: SeedResult) => shown.push(result.seed) < stopAfter,
  };
}

const oddFails = {
  name: "odd",
  about: "odd seeds fail",
  seeds: 4,
  run(seed: number) {
    if (seed % 2 === 1) throw new Error(`seed ${seed} is odd`);
    return { half: seed / 2 };
  },
};

describe("runCampaign", () => {
  test("runs every seed, keeps facts and errors, and goes on after a failure", async () => {
    const around = surroundings();
    const { campaign, results } = await runCampaign(oddFails, seedRange(1, 4), undefined, around);
    expect(campaign).toBe("odd");
    expect(results.map(({ seed, isOk, facts }) => [seed, isOk, facts?.["half"]])).toEqual([
      [1, false, undefined],
      [2, true, 1],
      [3, false, undefined],
      [4, true, 2],
    ]);
    expect(results[0]?.error).toContain("seed 1 is odd");
    expect(around.saved.at(-1)).toEqual({ campaign, results });
  });

  test("resumes with the seeds that are missing or failed", async () => {
    const before = await runCampaign(oddFails, seedRange(1, 2), undefined, surroundings());
    const around = surroundings();
    const after = await runCampaign(oddFails, seedRange(1, 4), before, around);
    expect(around.shown).toEqual([1, 3, 4]);
    expect(after.results.map(({ seed }) => seed)).toEqual([1, 2, 3, 4]);
  });

  test("stops when it is told to, and saves what is done", async () => {
    const around = surroundings(2);
    const { results } = await runCampaign(oddFails, seedRange(1, 100), undefined, around);
    expect(results).toHaveLength(2);
    expect(around.saved.at(-1)?.results).toEqual(results);
  });

  test("saves while it runs, once a second at most", async () => {
    const around = surroundings();
    await runCampaign(oddFails, seedRange(1, 10), undefined, around);
    expect(around.saved.length).toBeGreaterThan(2);
    expect(around.saved.length).toBeLessThan(10);
  });

  test("a promise that is rejected fails its seed", async () => {
    const rejects = { ...oddFails, run: () => Promise.reject(new Error("later")) };
    const { results } = await runCampaign(rejects, [7], undefined, surroundings());
    expect(results).toMatchObject([{ seed: 7, isOk: false }]);
    expect(results[0]?.error).toContain("later");
  });
});
