import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "bun:test";
import { reachOf } from "../../../src/cli/client-tls.ts";
import type { TlsOptions } from "../../../src/ports/network.ts";
import { bunHttpServer } from "../../../src/transport/http-server.ts";
import { STRANGER, tlsOf } from "../../support/certificates.ts";

const NONE = { tlsCert: undefined, tlsKey: undefined, tlsCa: undefined, insecure: false };
const COORDINATOR = tlsOf("coordinator", "c-1");
const OPS = tlsOf("client", "ops");

/** A server with a certificate, what it was asked, and a client with another. */
async function ask(server: TlsOptions, client: TlsOptions) {
  const folder = mkdtempSync(join(tmpdir(), "wallaroo-reach-"));
  writeFileSync(join(folder, "a.pem"), client.cert);
  writeFileSync(join(folder, "a.key"), client.key, { mode: 0o600 });
  writeFileSync(join(folder, "ca.pem"), client.ca);
  let asked = 0;
  const listener = await bunHttpServer(() => undefined, server).listen(
    { host: "127.0.0.1", port: 0 },
    () => {
      asked++;
      return { status: 200, headers: {}, body: "in" };
    },
  );
  try {
    const coordinator = `http://127.0.0.1:${listener.address.port}`;
    const files = { tlsCert: "a.pem", tlsKey: "a.key", tlsCa: "ca.pem" };
    const { url, tls } = await reachOf({ coordinator, insecure: false, ...files }, folder);
    const answer = await fetch(url, { tls })
      .then((response) => response.text())
      .catch(() => "refused");
    return { url, answer, asked };
  } finally {
    await listener.close();
    rmSync(folder, { recursive: true });
  }
}

test("with a certificate TLS is spoken, whatever the URL says", async () => {
  const { url, answer } = await ask(COORDINATOR, OPS);
  expect(url).toMatch(/^https:/);
  expect(answer).toBe("in");
});

test("nothing is sent to who has no coordinator's certificate", async () => {
  for (const server of [
    tlsOf("worker", "w-1"),
    tlsOf("coordinator", "c-1", { by: STRANGER }),
    tlsOf("coordinator", "c-1", { isExpired: true }),
  ]) {
    expect(await ask(server, OPS)).toMatchObject({ answer: "refused", asked: 0 });
  }
});

test("an HTTP server with certificates answers nobody of another authority", async () => {
  // The client trusts both; the server does not.
  const { cert, key } = tlsOf("client", "ops", { by: STRANGER });
  const both = { cert, key, ca: `${STRANGER.cert}${COORDINATOR.ca}` };
  expect(await ask(COORDINATOR, both)).toMatchObject({ answer: "refused", asked: 0 });
});

test("a token does not leave this machine in clear", async () => {
  const coordinator = "http://192.0.2.1:7401";
  await expect(reachOf({ ...NONE, coordinator }, "/")).rejects.toThrow(/beyond this machine/);
  const allowed = await reachOf({ ...NONE, coordinator, insecure: true }, "/");
  expect(allowed).toEqual({ url: coordinator, tls: { rejectUnauthorized: true } });
});
