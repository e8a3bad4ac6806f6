import { expect, test } from "bun:test";
import { WallarooError } from "../../../src/base/errors.ts";
import type { Deployment, ToCoordinator } from "../../../src/control/messages.ts";
import { isHeld, newHeld, problemOf } from "../../../src/worker/held.ts";

const generation = { leaderEpoch: 1, attempt: 2 };
const order = {
  job: "copy",
  generation,
  placement: { workers: [{ name: "w-1", data: { host: "10.0.0.7", port: 9 }, host: "here" }] },
  self: 0,
} as unknown as Deployment;

test("an attempt is of one job and one generation", () => {
  const held = newHeld(order, () => undefined);
  expect(isHeld(held, { job: "copy", generation: { ...generation } })).toBeTrue();
  expect(isHeld(held, { job: "other", generation })).toBeFalse();
  expect(isHeld(held, { job: "copy", generation: { leaderEpoch: 1, attempt: 3 } })).toBeFalse();
});

test("what its readers claim is said of that attempt, with where this worker is reached", () => {
  const sent: ToCoordinator[] = [];
  const held = newHeld(order, (message) => void sent.push(message));
  held.claims.of("in", true).listens([{ host: "0.0.0.0", port: 7100 }]);
  const addresses = [{ host: "10.0.0.7", port: 7100 }];
  expect(sent).toEqual([{ type: "listens", job: "copy", generation, source: "in", addresses }]);
});

test("a failure is told with whose it is, and with the peer that it is about", () => {
  const error = new WallarooError("peer_lost", "no answer", { domain: "external", peer: "w-2" });
  expect(problemOf(error)).toMatchObject({ code: "peer_lost", domain: "external", peer: "w-2" });
  expect(problemOf(new Error("oops"))).toEqual({
    code: "internal",
    domain: "internal",
    message: "oops",
    peer: undefined,
  });
});
