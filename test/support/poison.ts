/** A hundredth of the records is poison in each of three steps: all that is not must be exact. */
import { app, memory, retry, state } from "../../src/api/mod.ts";
import { testApp } from "../../src/testing/mod.ts";
import type { Diverted } from "../../src/model/diverted.ts";

const KEYS = 1_000;
const none = memory.sink<never>().sink;

/** Which step a record poisons: the first, the second, or none. */
function poisons(n: number): "parse" | "count" | undefined {
  const hash = (Math.imul(n, 0x9e3779b1) >>> 0) % 200;
  return hash === 0 ? "parse" : hash === 1 ? "count" : undefined;
}

const poisoned = app("poisoned", (flow) => {
  const parsed = flow.source("in", memory.source<number>([])).map(
    "parse",
    (n) => {
      if (poisons(n) === "parse") throw new Error(`cannot parse ${n}`);
      return n;
    },
    { onError: "divert" },
  );
  const counted = parsed
    .keyBy("key", (n) => n % KEYS)
    .mapWithState(
      "count",
      state(() => ({ begun: 0, done: 0, sum: 0 })),
      (n, s) => {
        s.begun++;
        s.sum += n;
        if (poisons(n) === "count") throw new Error(`cannot count ${n}`);
        s.done++;
        return s.begun === s.done ? s.done : -1;
      },
      { onError: retry(2, "divert") },
    );
  counted.sink("out", none);
  parsed.diverted.sink("not parsed", none);
  counted.diverted.sink("not counted", none);
});

/** Runs so many records; what is not as it must be, and how many were poison. */
export async function runPoison(
  records: number,
  options: { readonly compiled: boolean },
): Promise<{ readonly problems: readonly string[]; readonly poison: number }> {
  const problems: string[] = [];
  const check = (holds: boolean, text: string) => void (holds || problems.push(text));
  await using t = await testApp(poisoned, { ...options, freeze: false });
  const chunk = 50_000;
  for (let from = 0; from < records; from += chunk) {
    const count = Math.min(chunk, records - from);
    t.feed(
      "in",
      Array.from({ length: count }, (_, i) => from + i),
    );
    await t.advance("1s");
  }
  const counts = new Int32Array(KEYS);
  const out = await t.collect<number>("out");
  let at = 0;
  let poison = 0;
  for (const [step, sink] of [
    ["parse", "not parsed"],
    ["count", "not counted"],
  ] as const) {
    const diverted = await t.collect<Diverted<number>>(sink);
    const wanted = [];
    for (let n = 0; n < records; n++) if (poisons(n) === step) wanted.push(n);
    poison += wanted.length;
    check(diverted.length === wanted.length, `${sink}: ${diverted.length} of ${wanted.length}`);
    const isExact = wanted.every((n, i) => {
      const one = diverted[i];
      const isSame = one?.input === n && one.step === step && one.position === n;
      return isSame && one.error.message === `cannot ${step} ${n}`;
    });
    check(isExact, `${sink}: not exactly the records that are poison, in order, with their errors`);
  }
  for (let n = 0; n < records; n++) {
    if (poisons(n) !== undefined) continue;
    const key = n % KEYS;
    if (out[at++] !== ++counts[key]!) {
      problems.push(`record ${n}: count ${out[at - 1]} instead of ${counts[key]}`);
      break;
    }
  }
  check(out.length === records - poison, `out has ${out.length} records, ${poison} are poison`);
  return { problems, poison };
}
