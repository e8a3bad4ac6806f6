import { expect, test } from "bun:test";
import { checkReach } from "../../../src/host/reach.ts";

test("what goes beyond this machine is encrypted, or allowed by who runs it", () => {
  for (const host of ["127.0.0.1", "localhost", "::1"]) checkReach({ host, port: 1 }, false);
  checkReach({ host: "10.0.0.1", port: 1 }, true);
  for (const host of ["10.0.0.1", "0.0.0.0", "::", "127.0.0.1.evil.example"]) {
    expect(() => checkReach({ host, port: 1 }, false)).toThrow(/--tls-cert.*--insecure/);
  }
});
