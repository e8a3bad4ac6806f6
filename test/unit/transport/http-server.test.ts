import { expect, test } from "bun:test";
import type { HttpHandler, HttpListener } from "../../../src/ports/http-server.ts";
import { bunHttpServer } from "../../../src/transport/http-server.ts";

const LOCAL = { host: "127.0.0.1", port: 0 };

async function withServer(
  handle: HttpHandler,
  use: (url: string, listener: HttpListener) => Promise<void>,
  onError: (error: unknown) => void = () => undefined,
): Promise<void> {
  const listener = await bunHttpServer(onError).listen(LOCAL, handle);
  try {
    await use(`http://127.0.0.1:${listener.address.port}`, listener);
  } finally {
    await listener.close();
  }
}

test("a handler sees method, path, query, headers and body, and its answer arrives", async () => {
  await withServer(
    async (request) => ({
      status: 201,
      headers: { "x-seen": request.header("x-given") ?? "" },
      body: [request.method, request.path, request.query.get("q"), await request.body()].join(" "),
    }),
    async (url) => {
      const init = { method: "PUT", body: "hi", headers: { "X-Given": "yes" } };
      const response = await fetch(`${url}/a/b?q=1`, init);
      expect(response.status).toBe(201);
      expect(response.headers.get("x-seen")).toBe("yes");
      expect(await response.text()).toBe("PUT /a/b 1 104,105");
    },
  );
});

test("HEAD is answered without a body", async () => {
  const handle: HttpHandler = () => ({ status: 200, headers: {}, body: "text" });
  await withServer(handle, async (url) => {
    const response = await fetch(url, { method: "HEAD" });
    expect([response.status, await response.text()]).toEqual([200, ""]);
    expect(response.headers.get("x-wallaroo")).toBe("v1");
  });
});

test("what a handler throws is told to us and is no page of secrets for the client", async () => {
  const errors: unknown[] = [];
  const handle: HttpHandler = () => {
    throw new Error("secret");
  };
  const use = async (url: string): Promise<void> => {
    const response = await fetch(url);
    expect([response.status, response.headers.get("x-wallaroo")]).toEqual([500, "v1"]);
    expect(await response.json()).toEqual({ error: "internal error; the log tells more" });
  };
  await withServer(handle, use, (error) => errors.push(error));
  expect(errors).toEqual([new Error("secret")]);
});

test("a body above the limit is an error of its reader", async () => {
  const handle: HttpHandler = async (request) => {
    const failure = await request.body().then(
      () => undefined,
      (error: Error & { code?: string }) => error.code,
    );
    return { status: 200, headers: {}, body: String(failure) };
  };
  await withServer(handle, async (url) => {
    const post = async (size: number): Promise<string> =>
      await (await fetch(url, { method: "POST", body: "x".repeat(size) })).text();
    expect(await post(65_536)).toBe("undefined");
    expect(await post(65_537)).toBe("body_too_large");
  });
});

test("a port that is taken is an error with its address", async () => {
  const handle: HttpHandler = () => ({ status: 200, headers: {}, body: "" });
  await withServer(handle, async (_url, { address }) => {
    const second = bunHttpServer(() => undefined).listen(address, handle);
    await expect(second).rejects.toThrow(`HTTP port 127.0.0.1:${address.port} is taken`);
  });
});
