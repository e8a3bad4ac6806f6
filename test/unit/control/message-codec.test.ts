import { expect, test } from "bun:test";
import { Prng } from "../../../src/base/prng.ts";
import { WallarooError } from "../../../src/base/errors.ts";
import {
  decodeToCoordinator,
  decodeToWorker,
  encodeMessage,
} from "../../../src/control/message-codec.ts";
import { TO_COORDINATOR, TO_WORKER } from "../../../src/control/message-shapes.ts";
import { EACH_TO_COORDINATOR, EACH_TO_WORKER } from "../../support/control-messages.ts";

const SIDES = [
  ["to the coordinator", decodeToCoordinator, EACH_TO_COORDINATOR, TO_COORDINATOR],
  ["to workers", decodeToWorker, EACH_TO_WORKER, TO_WORKER],
] as const;

for (const [side, decode, messages, shapes] of SIDES) {
  test(`every message ${side} comes back as it was`, () => {
    expect(messages.map(({ type }) => type).toSorted()).toEqual(
      Object.keys(shapes).toSorted() as (typeof messages)[number]["type"][],
    );
    for (const message of messages)
      expect(decode(encodeMessage(message))).toEqual(message as never);
  });

  test(`a message ${side} with a field too many or too few is refused`, () => {
    for (const message of messages) {
      const more = { ...message, extra: 1 };
      expect(() => decode(encodeMessage(more as never))).toThrow(/has a field "extra"/);
      for (const field of Object.keys(message)) {
        if (field === "type") continue;
        const fewer = Object.fromEntries(
          Object.entries(message).filter(([name]) => name !== field),
        );
        expect(() => decode(encodeMessage(fewer as never))).toThrow(WallarooError);
      }
    }
  });

  test(`3,000 damaged messages ${side} are refused or are messages, and nothing else`, () => {
    const random = new Prng(42);
    const wires = messages.map(encodeMessage);
    for (let i = 0; i < 3_000; i++) {
      const bytes = random.pick(wires).slice();
      const flips = 1 + random.below(4);
      for (let n = 0; n < flips; n++) bytes[random.below(bytes.length)] = random.below(256);
      const cut = random.below(4) === 0 ? bytes.subarray(0, random.below(bytes.length)) : bytes;
      try {
        expect(Object.keys(shapes)).toContain(decode(cut).type);
      } catch (error) {
        if (!(error instanceof WallarooError) || error.code !== "bad_message") throw error;
      }
    }
  });
}

test("what no shape can tell of a placement is refused: indexes that point nowhere", () => {
  const deploy = EACH_TO_WORKER.find(({ type }) => type === "deploy")!;
  if (deploy.type !== "deploy") throw new Error("no deploy");
  const { placement } = deploy;
  const bad = [
    { ...deploy, self: 1 },
    { ...deploy, placement: { ...placement, tasks: [{ instances: [], groups: [] }] } },
    { ...deploy, placement: { ...placement, tasks: [{ instances: [1], groups: [] }] } },
    { ...deploy, placement: { ...placement, tasks: [{ instances: [0], groups: [1] }] } },
    { ...deploy, placement: { ...placement, sinks: [{ step: 0, connections: [5] }] } },
  ];
  for (const message of bad) {
    expect(() => decodeToWorker(encodeMessage(message))).toThrow(/deploy: /);
  }
});

test("an unknown message is named", () => {
  const strange = encodeMessage({ type: "explode" } as never);
  expect(() => decodeToWorker(strange)).toThrow(/there is no message explode/);
  expect(() => decodeToCoordinator(encodeMessage({ type: "start" } as never))).toThrow(
    /no message/,
  );
});
