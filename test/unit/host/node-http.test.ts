import { expect, test } from "bun:test";
import { serveHttp, type HttpSettings } from "../../../src/host/node-http.ts";
import { AppFolder } from "../../support/app-folder.ts";
import { FakeJob } from "../../support/http.ts";
import { NotedLog } from "../../support/noted-log.ts";

const serve = (settings: Partial<HttpSettings>) =>
  serveHttp(
    new FakeJob(),
    { address: undefined, tokenFile: undefined, isInsecure: false, ...settings },
    new NotedLog(),
  );

test("without an address each process takes the next port that is free, on loopback", async () => {
  const first = await serve({});
  const second = await serve({});
  expect(second.address.port).toBeGreaterThan(first.address.port);
  expect([first.address.host, second.address.host]).toEqual(["127.0.0.1", "127.0.0.1"]);
  expect((await fetch(`http://127.0.0.1:${second.address.port}/health`)).status).toBe(200);
  await Promise.all([first.close(), second.close()]);
});

test("an address that was asked for and is taken is refused", async () => {
  const first = await serve({ address: { host: "127.0.0.1", port: 0 } });
  await expect(serve({ address: first.address })).rejects.toThrow("is taken");
  await first.close();
});

test("an address that others can reach needs to be said twice", async () => {
  const address = { host: "0.0.0.0", port: 0 };
  await expect(serve({ address })).rejects.toThrow("--insecure");
  const server = await serve({ address, isInsecure: true });
  await server.close();
});

test("with a token file only its bearer is answered", async () => {
  using folder = new AppFolder();
  const tokenFile = folder.write("token", "0123456789abcdef\n");
  const server = await serve({ address: { host: "127.0.0.1", port: 0 }, tokenFile });
  const url = `http://127.0.0.1:${server.address.port}/health`;
  expect((await fetch(url)).status).toBe(401);
  const headers = { authorization: "Bearer 0123456789abcdef" };
  expect((await fetch(url, { headers })).status).toBe(200);
  await server.close();
});

test("a token file that is missing, short or of several words is refused", async () => {
  using folder = new AppFolder();
  await expect(serve({ tokenFile: `${folder.path}/none` })).rejects.toThrow("--token-file");
  for (const text of ["short", "0123456789 abcdef", ""]) {
    const tokenFile = folder.write("token", text);
    await expect(serve({ tokenFile })).rejects.toThrow("one word of at least 16 characters");
  }
});
