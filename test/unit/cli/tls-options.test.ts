import { expect, test } from "bun:test";
import { tlsFiles } from "../../../src/cli/tls-options.ts";

test("all three files are given, or none", () => {
  const none = { tlsCert: undefined, tlsKey: undefined, tlsCa: undefined };
  expect(tlsFiles(none, "/x")).toBeUndefined();
  const all = { tlsCert: "a.pem", tlsKey: "/k/a.key", tlsCa: "ca.pem" };
  expect(tlsFiles(all, "/x")).toEqual({ cert: "/x/a.pem", key: "/k/a.key", ca: "/x/ca.pem" });
  for (const name of ["tlsCert", "tlsKey", "tlsCa"]) {
    expect(() => tlsFiles({ ...all, [name]: undefined }, "/x")).toThrow(/give all three/);
  }
});
