import { expect, test } from "bun:test";
import { fetchClient } from "../../../src/transport/http-client.ts";

const LIMITS = { withinMs: 50, bytesMax: 10 };
const failedOf = async (url: string): Promise<unknown> =>
  await fetchClient()
    .send({ method: "GET", url, headers: {}, ...LIMITS })
    .catch((error: unknown) => error);

test("a server that is silent is given up, and so is one that stops in its answer", async () => {
  const { promise: held, resolve: release } = Promise.withResolvers<void>();
  using server = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    fetch: async ({ url }) => {
      if (url.endsWith("/begins")) {
        const pull = async (to: ReadableStreamDefaultController): Promise<void> => {
          to.enqueue(new Uint8Array([1]));
          await held;
          to.close();
        };
        return new Response(new ReadableStream({ pull }));
      }
      await held;
      return new Response();
    },
  });
  const base = `http://127.0.0.1:${server.port}`;
  for (const path of ["silent", "begins"]) {
    const failed = await failedOf(`${base}/${path}`);
    expect(failed).toMatchObject({ code: "http_failed" });
    expect(String(failed)).toContain(`127.0.0.1:${server.port} gave no answer within 50 ms: too`);
  }
  release();
});

test("an answer that is longer than it may be is an error", async () => {
  using server = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    fetch: () => new Response("eleven byte"),
  });
  const url = `http://127.0.0.1:${server.port}`;
  const answer = await fetchClient()
    .send({ method: "GET", url, headers: {}, bytesMax: 10, withinMs: 20_000 })
    .catch((error: unknown) => error);
  expect(answer).toMatchObject({ code: "answer_too_large" });
});
