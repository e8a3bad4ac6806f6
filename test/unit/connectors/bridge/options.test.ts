import { expect, test } from "bun:test";
import { json } from "../../../../src/codec/json.ts";
import { bridge } from "../../../../src/connectors/bridge/mod.ts";
import { codeOf } from "../../../support/connector-context.ts";

test("options that cannot be are refused when the app is built", async () => {
  const good = { port: 0, cookie: "c", decode: json() };
  for (const bad of [
    { cookie: "" },
    { cookie: undefined },
    { cookie: "x".repeat(70_000) },
    { maxCredits: 0 },
    { maxCredits: 10, refillCredits: 10 },
    { refillCredits: -1 },
    { eventTime: "hours" },
    { decode: {} },
    { onInvalid: "divert" },
    { connections: 0 },
    { advertise: "nowhere" },
    { advertise: "::1:7" },
  ]) {
    expect(await codeOf(() => bridge.listen({ ...good, ...bad } as never))).toBe("bad_option");
  }
  expect(await codeOf(() => bridge.listen({ ...good, host: "0.0.0.0" }))).toBe("insecure_address");
});
