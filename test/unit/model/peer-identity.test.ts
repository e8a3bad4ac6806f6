import { expect, test } from "bun:test";
import {
  identityIn,
  identityOf,
  identityUri,
  readIdentity,
  ROLES,
  serverNameOf,
} from "../../../src/model/peer-identity.ts";

test("an identity survives its way through a certificate", () => {
  for (const role of ROLES) {
    const identity = identityOf(role, "a-1");
    expect(identityIn({ uris: [identityUri(identity)], commonNames: [] })).toBe(identity);
    expect(readIdentity(identity)).toEqual({ role, name: "a-1" });
    expect(serverNameOf(role)).toBe(`${role}.wallaroo.internal`);
  }
});

test("what is no identity is nobody", () => {
  for (const text of [undefined, "", "worker", "worker/", "worker/W", "root/a", "worker/a/b"]) {
    expect(readIdentity(text)).toBeUndefined();
  }
});
