import { expect, test } from "bun:test";
import { SplitInput } from "../../../src/io/split-input.ts";
import type { Batch, SplitReader } from "../../../src/model/source.ts";

const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

function reader(
  read: () => AsyncGenerator<Batch<unknown>>,
  onDispose: () => void,
): SplitReader<unknown> {
  return {
    read,
    acknowledge: async () => undefined,
    [Symbol.asyncDispose]: async () => onDispose(),
  };
}

const records = ["a", "b", "c"];
const batch: Batch<unknown> = {
  count: 3,
  records,
  time: 5,
  next: 3,
  positionOf: (i) => i,
};

test("a generator that waits for input does not hold up a stop", async () => {
  let disposals = 0;
  const never = reader(
    async function* () {
      await new Promise(() => undefined);
      yield batch;
    },
    () => disposals++,
  );
  const input = new SplitInput("s", never, () => undefined, String);
  input.ask();
  await input.stop();
  await input.dispose();
  expect(input.isDone).toBe(true);
  expect(disposals).toBe(1);
});

test("the position is behind the last record that was processed", async () => {
  const one = reader(
    async function* () {
      yield batch;
    },
    () => undefined,
  );
  const input = new SplitInput("s", one, () => undefined, String);
  expect(input.position()).toBeUndefined();
  input.ask();
  await turn();
  expect([input.pending, input.position()]).toEqual([3, 0]);
  input.at = 2;
  expect([input.pending, input.position()]).toEqual([1, 2]);
  input.at = 3;
  expect(input.position()).toBe(3);
  input.finishBatch();
  await turn();
  expect([input.isDone, input.position()]).toEqual([true, 3]);
});

test("a reader that fails is told once, and not after a stop", async () => {
  const errors: unknown[] = [];
  const bad = reader(
    async function* () {
      yield batch;
      throw new Error("disk gone");
    },
    () => undefined,
  );
  const input = new SplitInput(
    "s",
    bad,
    () => undefined,
    (error) => errors.push(error),
  );
  input.ask();
  await turn();
  input.at = 3;
  input.finishBatch();
  await turn();
  expect(errors.map(String)).toEqual(["Error: disk gone"]);
  expect(input.isDone).toBe(true);
});

test("a reader that tells where it is is asked, and the next of its batches is not", async () => {
  let done = 0;
  let asked = 0;
  const batches = [0, 1, 2].map((i) => ({
    ...batch,
    positionOf: (at: number) => `${i * 3 + at}`,
    get next() {
      asked++;
      return `${i * 3 + 3}`;
    },
  }));
  const one: SplitReader<unknown> = {
    ...reader(
      async function* () {
        for (const [i, each] of batches.entries()) {
          done = i * 3;
          yield each;
        }
      },
      () => undefined,
    ),
    position: () => String(done),
  };
  const input = new SplitInput("s", one, () => undefined, String, "from");
  expect(input.position()).toBe("0");
  input.ask();
  await turn();
  expect(input.position()).toBe("0");
  input.at = 2;
  expect(input.position()).toBe("2");
  input.at = 3;
  input.finishBatch();
  expect(asked).toBe(0);
  await turn();
  expect(input.position()).toBe("3");
  // Who is stopped is asked for no more batches, so it cannot know of this one.
  const stopping = input.stop();
  input.at = 3;
  input.finishBatch();
  await stopping;
  expect([input.position(), asked]).toEqual(["6", 1]);
});

test("where a reader was when it was stopped without a batch is kept", async () => {
  let position = "5";
  const one: SplitReader<unknown> = {
    ...reader(
      async function* () {
        await new Promise(() => undefined);
        yield batch;
      },
      () => undefined,
    ),
    position: () => position,
  };
  const input = new SplitInput("s", one, () => undefined, String);
  input.ask();
  await input.stop();
  position = "9";
  expect(input.position()).toBe("5");
});
