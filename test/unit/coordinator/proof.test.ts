import { expect, test } from "bun:test";
import { app, type Diverted, memory, state } from "../../../src/api/mod.ts";
import { type Counted, proofOf } from "../../../src/coordinator/proof.ts";
import { channelIds } from "../../../src/model/channel-ids.ts";
import type { ChannelFlow, PartSnapshot, StepFlow } from "../../../src/model/checkpoint.ts";
import { flowSteps } from "../../../src/planner/flow-steps.ts";
import { place, placeWishes } from "../../../src/planner/place.ts";
import { plan } from "../../../src/planner/plan.ts";

function part(...flows: readonly ChannelFlow[]): PartSnapshot {
  return { tasks: [], positions: [], committables: [], flows };
}

function steps(...all: readonly StepFlow[]): PartSnapshot {
  return { tasks: [], positions: [], committables: [], steps: all };
}

const counted = (epoch: number, ...parts: readonly PartSnapshot[]): Counted => {
  return { epoch, parts, map: undefined, placement: undefined };
};

test("channels whose ends agree are counted, whichever worker tells", () => {
  const one = part({ channel: 0, sent: 5 }, { channel: 1, received: 7, sum: 3 });
  const other = part(
    { channel: 1, sent: 7, sum: 3 },
    { channel: 0, received: 5 },
    { channel: 2, sent: 0 },
  );
  const third = part({ channel: 2, received: 0, sum: 0 });
  const found = proofOf(counted(4, one, other, third));
  expect(found).toEqual({ channels: 3, records: 12, steps: [] });
  expect(proofOf(counted(4, part()))).toEqual({ channels: 0, records: 0, steps: [] });
});

test.each([
  [5, 4],
  [4, 5],
  [1, 0],
])("a channel that was given %d records and carried %d is told", (sent, received) => {
  const parts = [part({ channel: 3, sent }), part({ channel: 3, received })];
  expect(proofOf(counted(9, ...parts))).toMatchObject({
    code: "records_differ",
    message: expect.stringContaining(
      `channel 3 carried ${received} records until barrier 9 and was given ${sent}: `,
    ),
  });
});

test("as many records in other frames are told with the sums of both ends", () => {
  const sent = part({ channel: 3, sent: 5, sum: 0xab });
  const received = part({ channel: 3, received: 5, sum: 0xffff_0000 });
  expect(proofOf(counted(9, sent, received))).toMatchObject({
    code: "records_differ",
    message: expect.stringContaining(
      "channel 3 carried 5 records in frames of checksum ffff0000 until barrier 9 and was " +
        "given 5 in frames of checksum 000000ab: ",
    ),
  });
});

test("a worker of an older engine tells nothing, which proves nothing", () => {
  const { flows: _, ...older } = part();
  const found = proofOf(counted(4, older, part({ channel: 1, sent: 7 })));
  expect(found).toEqual({ channels: 0, records: 0, steps: [] });
});

/** Of an app on two workers: 0 rates, 1 in, 2 odd, 3 rated, 4 out, 5 bad. */
async function onTwo(...parts: readonly PartSnapshot[]): Promise<Counted> {
  const made = app("rated", (flow) => {
    const rates = flow.source("rates", memory.source([1, 2]));
    const odd = flow
      .source("in", memory.source([1, 2, 3]))
      .filter("odd", (n) => n % 2 === 1, { onError: "divert" });
    const last = state(() => ({ rate: 0 }));
    odd
      .withBroadcast("rated", rates, last, {
        record: (n, { rate }) => n * rate,
        update: (rate, kept) => void (kept.rate = rate),
      })
      .sink("out", memory.sink<number>().sink);
    odd.diverted.sink("bad", memory.sink<Diverted<number>>().sink);
  });
  const pipeline = await made.build({});
  const cut = plan(pipeline, 2);
  const workers = ["w-1", "w-2"].map((name) => {
    return { name, data: { host: "h", port: 1 }, host: "h" };
  });
  const placement = place({ plan: cut, wishes: placeWishes(pipeline), workers });
  return { epoch: 9, parts, map: { plan: cut, steps: flowSteps(pipeline) }, placement };
}

const none = { dropped: 0, diverted: 0 };
const rightSteps: readonly StepFlow[] = [
  { step: 0, in: 2, out: 2, ...none },
  { step: 1, in: 10, out: 10, ...none, dropped: 1 },
  { step: 2, in: 10, out: 5, dropped: 0, diverted: 2 },
  // Each of its two instances has all rates.
  { step: 3, in: 5, out: 3, ...none },
  { step: 4, in: 2, out: 0, ...none },
  { step: 5, in: 2, out: 0, ...none },
];
const other: readonly StepFlow[] = [
  { step: 3, in: 4, out: 2, ...none },
  { step: 4, in: 3, out: 0, ...none },
];

test("steps add up over workers, copies of a broadcast and what was diverted", async () => {
  const found = proofOf(await onTwo(steps(...rightSteps), steps(...other)));
  expect(found).toEqual({
    channels: 0,
    records: 0,
    steps: [
      { name: "rates", in: 2, out: 2, dropped: 0, diverted: 0 },
      { name: "in", in: 10, out: 10, dropped: 1, diverted: 0 },
      { name: "odd", in: 10, out: 5, dropped: 0, diverted: 2 },
      { name: "rated", in: 9, out: 5, dropped: 0, diverted: 0 },
      { name: "out", in: 5, out: 0, dropped: 0, diverted: 0 },
      { name: "bad", in: 2, out: 0, dropped: 0, diverted: 0 },
    ],
  });
});

test.each([
  [2, 9, 'step "odd" took 9 records until barrier 9, and was given 10 by "in": '],
  [3, 6, 'step "rated" took 10 records until barrier 9, and was given 9 by "odd" and "rates": '],
  [4, 1, 'step "out" took 4 records until barrier 9, and was given 5 by "rated": '],
  [5, 3, 'step "bad" took 3 records until barrier 9, and was given 2 by "odd": '],
])("records that step %d did not take, or took twice, are told", async (step, taken, text) => {
  const wrong = rightSteps.map((one) => (one.step === step ? { ...one, in: taken } : one));
  const found = proofOf(await onTwo(steps(...wrong), steps(...other)));
  expect(found).toMatchObject({ message: expect.stringContaining(text) });
});

test("what is wrong in a channel is told with its steps and workers", async () => {
  const { map, placement } = await onTwo();
  const rates = channelIds(map!.plan, placement!).find(({ route, down }) => {
    return route.from === 0 && down === 1;
  })!;
  const ends = part({ channel: rates.id, sent: 2 }, { channel: rates.id, received: 1 });
  const from = placement!.workers[placement!.tasks[rates.route.fromTask]!.instances[0]!]!.name;
  expect(proofOf(await onTwo(ends))).toMatchObject({
    message: expect.stringContaining(
      `channel ${rates.id} (from "rates" on ${from} to "rated" on w-2) carried 1 records until`,
    ),
  });
});
