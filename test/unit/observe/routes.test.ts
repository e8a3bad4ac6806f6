import { expect, test } from "bun:test";
import { WallarooError } from "../../../src/base/errors.ts";
import { problem, text } from "../../../src/observe/answers.ts";
import { served } from "../../../src/observe/routes.ts";
import { request, sha256 } from "../../support/http.ts";

const handler = served<(name: string) => string>({
  routes: {
    "/": { GET: () => "all" },
    "/v1/jobs/*": { GET: (name) => `job ${name}`, DELETE: (name) => `no ${name}` },
    "/v1/jobs/*/stop": { POST: (name) => `stop ${name}` },
    "/v1/bad": {
      GET: () => {
        throw new WallarooError("no_job", "there is no such job", { domain: "user" });
      },
      POST: () => {
        throw new TypeError("a bug");
      },
    },
  },
  settings: { host: "127.0.0.1", hash: sha256 },
  call: (answer, { name }) => text(200, answer(name)),
  refused: ({ message }) => problem(418, message),
});

const ask = async (path: string, method = "GET") => {
  const { status, body, headers } = await handler(request(path, { method }));
  return [status, String(body), headers?.["allow"]];
};

test("a path is found with and without a slash behind it, and with a name in it", async () => {
  expect((await ask("/")).slice(0, 2)).toEqual([200, "all"]);
  for (const path of ["/v1/jobs/a-1", "/v1/jobs/a-1/"]) {
    expect((await ask(path)).slice(0, 2)).toEqual([200, "job a-1"]);
  }
  expect((await ask("/v1/jobs/a-1", "DELETE")).slice(0, 2)).toEqual([200, "no a-1"]);
  expect((await ask("/v1/jobs/b/stop", "POST")).slice(0, 2)).toEqual([200, "stop b"]);
});

test("HEAD is answered as GET", async () => {
  expect((await ask("/v1/jobs/a", "HEAD")).slice(0, 2)).toEqual([200, "job a"]);
});

test("what there is stands in the answer to a path or a method that is none", async () => {
  for (const path of ["/x", "/v1/jobs", "/v1/jobs/a/b/c", "/v1/jobs/a/stop/x", "/toString"]) {
    const [status, body] = await ask(path);
    expect([status, body]).toEqual([404, expect.stringContaining("there are: /, /v1/jobs/*,")]);
  }
  expect(await ask("/v1/jobs/a", "PUT")).toEqual([
    405,
    expect.stringContaining("PUT is not for /v1/jobs/*: use GET, DELETE"),
    "GET, DELETE",
  ]);
  expect((await ask("/v1/jobs/a", "toString"))[0]).toBe(405);
});

test("an error for the one who asks is told, a bug is not made an answer", async () => {
  const [status, body] = await ask("/v1/bad");
  expect([status, body]).toEqual([418, expect.stringContaining("there is no such job")]);
  await expect(ask("/v1/bad", "POST")).rejects.toThrow("a bug");
});
