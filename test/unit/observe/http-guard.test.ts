import { expect, test } from "bun:test";
import { guard, isLoopback } from "../../../src/observe/http-guard.ts";
import { request, sha256 } from "../../support/http.ts";

const check = (headers: Readonly<Record<string, string>>, host = "127.0.0.1", token?: string) => {
  const tokenHash = token === undefined ? undefined : sha256(token);
  return guard(request("/", { headers }), { host, tokenHash, hash: sha256 })?.status;
};

test("a request must name this server by loopback or by the host that was bound", () => {
  for (const host of ["127.0.0.1:7401", "localhost:9", "localhost", "[::1]:7401", "127.9.9.9"]) {
    expect(check({ host })).toBeUndefined();
  }
  for (const host of [
    "evil.example",
    "evil.example:7401",
    "127.0.0.1.evil.example",
    "",
    "10.0.0.5",
  ]) {
    expect(check({ host })).toBe(403);
  }
  expect(check({ host: "10.0.0.5:7401" }, "10.0.0.5")).toBeUndefined();
  expect(check({ host: "10.0.0.6:7401" }, "10.0.0.5")).toBe(403);
  expect(check({ host: "10.0.0.6:7401" }, "0.0.0.0")).toBeUndefined();
  expect(check({ host: "evil.example" }, "0.0.0.0")).toBe(403);
});

test("pages of other origins are refused, the server's own are not", () => {
  const host = "127.0.0.1:7401";
  expect(check({ host, origin: "http://127.0.0.1:7401" })).toBeUndefined();
  expect(check({ host, origin: "http://127.0.0.1:8080" })).toBe(403);
  expect(check({ host, origin: "http://evil.example" })).toBe(403);
  expect(check({ host, origin: "null" })).toBe(403);
  expect(check({ host, "sec-fetch-site": "cross-site" })).toBe(403);
  expect(check({ host, "sec-fetch-site": "same-site" })).toBe(403);
  expect(check({ host, "sec-fetch-site": "none" })).toBeUndefined();
});

test("with a token, only its bearer may ask", () => {
  const token = "0123456789abcdef";
  const bear = (authorization: string) => check({ authorization }, "127.0.0.1", token);
  expect(bear(`Bearer ${token}`)).toBeUndefined();
  expect(bear(`bearer ${token}`)).toBeUndefined();
  expect(bear(`Bearer ${token}x`)).toBe(401);
  expect(bear(token)).toBe(401);
  expect(bear("Basic abc")).toBe(401);
  expect(check({}, "127.0.0.1", token)).toBe(401);
});

test("loopback is what other machines cannot reach", () => {
  for (const host of ["127.0.0.1", "127.1.2.3", "localhost", "::1"]) {
    expect(isLoopback(host)).toBeTrue();
  }
  for (const host of ["0.0.0.0", "::", "10.0.0.1", "127.0.0.1.evil.example", "example.com"]) {
    expect(isLoopback(host)).toBeFalse();
  }
});
