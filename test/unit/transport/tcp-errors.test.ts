import { expect, test } from "bun:test";
import { systemCode } from "../../../src/base/system-why.ts";
import {
  cannotConnect,
  cannotListen,
  checkPath,
  connectWhy,
  textOf,
} from "../../../src/transport/tcp-errors.ts";

const AT = { host: "::1", port: 80 };
const coded = (code: string): Error => Object.assign(new Error("it failed"), { code });

test("errors of sockets say where, why and what to do", () => {
  expect(cannotListen(AT, coded("EADDRINUSE")).message).toMatch(/\[::1\]:80: .* another port/);
  expect(cannotListen(AT, coded("EACCES")).message).toMatch(/need privileges/);
  expect(cannotListen(AT, new Error("Failed to listen at x")).message).toMatch(/no such host/);
  expect(cannotListen(AT, coded("EADDRNOTAVAIL")).message).toMatch(/has no such address/);
  expect(cannotListen(AT, new Error("odd")).message).toBe("cannot listen at [::1]:80: odd");
  expect(cannotConnect(AT, coded("ECONNREFUSED")).message).toMatch(/nobody listens there/);
  expect(cannotConnect(AT, coded("ENOTFOUND")).message).toMatch(/no such host/);
});

test("why nobody answers is said without the advice of the runtime", () => {
  expect(connectWhy(coded("ECONNREFUSED"))).toBe("nobody listens there");
  expect(connectWhy(coded("ECONNRESET"))).toMatch(/closed before an answer came \(ECONNRESET\)/);
  expect(connectWhy(coded("EPROTO"))).toMatch(/no TLS is spoken there/);
  const name = "ERR_TLS_CERT_ALTNAME_INVALID";
  expect(connectWhy(coded(name))).toBe(`the certificate there is for another address (${name})`);
  expect(connectWhy(new DOMException("slow", "TimeoutError"))).toBe("no answer in time");
  expect(connectWhy(new Error("odd"))).toBe("odd");
});

test("an address is written so that it can be read again; a code that is none is empty", () => {
  expect(textOf({ host: "10.0.0.1", port: 7 })).toBe("10.0.0.1:7");
  expect(textOf({ host: "", port: 0, path: "/run/x" })).toBe("/run/x");
  expect([systemCode(undefined), systemCode({ code: 7 }), systemCode(coded("E"))]).toEqual([
    "",
    "",
    "E",
  ]);
});

test("a path that the system would cut is refused", () => {
  expect(checkPath("/run/x")).toBe("/run/x");
  expect(() => checkPath(`/${"x".repeat(107)}`)).toThrow(/over 107 bytes/);
});
