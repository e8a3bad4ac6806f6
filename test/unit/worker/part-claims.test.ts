import { expect, test } from "bun:test";
import type { ClaimSaid } from "../../../src/control/messages.ts";
import type { ClaimAnswer } from "../../../src/model/claims.ts";
import { PartClaims } from "../../../src/worker/part-claims.ts";

function claiming() {
  const said: ClaimSaid[] = [];
  const heard: unknown[] = [];
  const part = new PartClaims("10.0.0.7", (one) => void said.push(one));
  const claims = part.of("in", true);
  claims.use({
    answered: (name: string, answer: ClaimAnswer) => void heard.push([name, answer]),
    freed: (name: string) => void heard.push(name),
  });
  return { part, claims, said, heard };
}

test("what a reader says is said of its source, and what comes of it is heard there", () => {
  const { part, claims, said, heard } = claiming();
  const other = part.of("other", false);
  claims.claim("7", 3);
  other.claim("7", undefined);
  claims.giveUp("8", "120");
  expect(said).toEqual([
    { type: "claim", source: "in", name: "7", isNew: true, room: 3 },
    { type: "claim", source: "other", name: "7", isNew: false, room: 0 },
    { type: "give_up", source: "in", name: "8", left: "120" },
  ]);
  const answer = { type: "granted", left: "" } as const;
  part.take({ type: "claimed", source: "in", name: "7", answer });
  part.take({ type: "claimed", source: "other", name: "7", answer });
  part.take({ type: "claim_free", source: "in", name: "9" });
  part.take({ type: "claim_free", source: "nobody's", name: "9" });
  expect(heard).toEqual([["7", answer], "9"]);
  expect([claims.isFirst, other.isFirst]).toEqual([true, false]);
});

test("behind the part's end nothing is said or heard", () => {
  const { part, claims, said, heard } = claiming();
  part.end();
  claims.claim("7", undefined);
  claims.giveUp("7", "");
  part.take({ type: "claim_free", source: "in", name: "9" });
  expect([said, heard]).toEqual([[], []]);
});

test("others are told an address that they can reach", () => {
  const { claims, said } = claiming();
  claims.listens([
    { host: "0.0.0.0", port: 1 },
    { host: "::", port: 2 },
    { host: "10.0.0.9", port: 3 },
  ]);
  const hosts = said.flatMap((one) => (one.type === "listens" ? one.addresses : []));
  expect(hosts.map(({ host, port }) => `${host}:${port}`)).toEqual([
    "10.0.0.7:1",
    "10.0.0.7:2",
    "10.0.0.9:3",
  ]);
});

test("producers are sent to others only while the worker leaves", () => {
  const { part, claims } = claiming();
  const addresses = [{ host: "h", port: 7100 }];
  part.take({ type: "others", source: "in", addresses });
  expect(claims.elsewhere()).toEqual([]);
  part.leave();
  part.end();
  expect(claims.elsewhere()).toEqual(addresses);
});
