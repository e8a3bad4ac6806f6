import { expect, test } from "bun:test";
import { ClaimDesk } from "../../../src/coordinator/claim-desk.ts";

/** A desk, and what a worker is told of what it said. */
function desk() {
  const made = new ClaimDesk();
  const claim = (worker: string, name: string, room?: number) =>
    made
      .take(worker, {
        type: "claim",
        source: "in",
        name,
        isNew: room !== undefined,
        room: room ?? 0,
      })
      .map(({ worker: to, heard }) => [to, "answer" in heard ? heard.answer : heard.type]);
  const giveUp = (worker: string, name: string, left: string) =>
    made
      .take(worker, { type: "give_up", source: "in", name, left })
      .map(({ worker: to, heard }) => `${to} ${heard.type}`);
  const listens = (worker: string, port: number) =>
    made
      .take(worker, { type: "listens", source: "in", addresses: [{ host: "h", port }] })
      .map(({ worker: to, heard }) => {
        const { addresses } = heard as { addresses: readonly { port: number }[] };
        return [to, ...addresses.map((address) => address.port)];
      });
  return { made, claim, giveUp, listens };
}

const granted = (left = "") => ({ type: "granted", left }) as const;

test("a name is one worker's until that one gives it up, and goes with what it left", () => {
  const { claim, giveUp } = desk();
  expect(claim("a", "7")).toEqual([["a", granted()]]);
  expect(claim("b", "7")).toEqual([["b", { type: "taken", by: "a" }]]);
  expect(claim("c", "7")).toEqual([["c", { type: "taken", by: "a" }]]);
  expect(giveUp("a", "7", "120")).toEqual(["b claim_free", "c claim_free"]);
  expect(claim("c", "7")).toEqual([["c", granted("120")]]);
  expect(claim("b", "7")).toEqual([["b", { type: "taken", by: "c" }]]);
  // Who was told has to ask again before it is told again.
  expect(giveUp("c", "7", "130")).toEqual(["b claim_free"]);
  expect(giveUp("c", "7", "999")).toEqual([]);
  expect(claim("a", "7")).toEqual([["a", granted("130")]]);
});

test("only who has a name gives it up", () => {
  const { claim, giveUp } = desk();
  claim("a", "7");
  expect(giveUp("b", "7", "1")).toEqual([]);
  expect(giveUp("a", "8", "1")).toEqual([]);
  expect(claim("b", "7")).toEqual([["b", { type: "taken", by: "a" }]]);
});

test("who has a name may ask for it again", () => {
  const { claim } = desk();
  claim("a", "7");
  expect(claim("a", "7")).toEqual([["a", granted()]]);
});

test("names of different sources are different names", () => {
  const { made, claim } = desk();
  claim("a", "7");
  const other = { type: "claim", source: "other", name: "7", isNew: false, room: 0 } as const;
  expect(made.take("b", other)).toMatchObject([{ heard: { source: "other", answer: granted() } }]);
});

test("new names are no more than there is room, at all workers; known ones have theirs", () => {
  const { claim, giveUp } = desk();
  expect(claim("a", "1", 2)).toEqual([["a", granted()]]);
  expect(claim("b", "2", 2)).toEqual([["b", granted()]]);
  expect(claim("a", "3", 2)).toEqual([["a", { type: "full" }]]);
  expect(claim("a", "4")).toEqual([["a", granted()]]);
  // One that was given up stays known, and may be had by others.
  giveUp("a", "1", "5");
  expect(claim("b", "1", 2)).toEqual([["b", granted("5")]]);
});

test("each worker hears where the others listen", () => {
  const { listens } = desk();
  expect(listens("a", 1)).toEqual([]);
  expect(listens("b", 2)).toEqual([
    ["a", 2],
    ["b", 1],
  ]);
  expect(listens("c", 3)).toEqual([
    ["a", 3],
    ["b", 3],
    ["c", 1, 2],
  ]);
});
