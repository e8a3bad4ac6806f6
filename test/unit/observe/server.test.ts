import { expect, test } from "bun:test";
import { externalError } from "../../../src/base/errors.ts";
import { jobRoutes } from "../../../src/observe/server.ts";
import type { HttpResponse } from "../../../src/ports/http-server.ts";
import { type Asked, FakeJob, request, sha256, statusOf } from "../../support/http.ts";

async function ask(path: string, asked: Asked = {}, job = new FakeJob()): Promise<HttpResponse> {
  return await jobRoutes(job, { host: "127.0.0.1", hash: sha256 })(request(path, asked));
}

const bodyOf = (response: HttpResponse): unknown => JSON.parse(String(response.body)) as unknown;

test("status, sources and sinks are those of the job", async () => {
  const status = JSON.parse(JSON.stringify(statusOf("running"))) as Record<string, unknown>;
  expect(bodyOf(await ask("/v1/status"))).toEqual(status);
  expect(bodyOf(await ask("/v1/sources"))).toEqual({ sources: status["sources"] });
  expect(bodyOf(await ask("/v1/sinks/"))).toEqual({ sinks: status["sinks"] });
  expect(bodyOf(await ask("/v1/jobs"))).toEqual({
    jobs: [{ job: "j", app: "a", worker: "w", state: "running", startedAt: 1_000, upMs: 2_000 }],
  });
  expect((await ask("/v1/explain")).body).toBe("a graph\n");
});

test("health is bad when the job failed; ready is only what runs", async () => {
  const job = new FakeJob();
  expect((await ask("/health", {}, job)).status).toBe(200);
  expect((await ask("/ready", {}, job)).status).toBe(200);
  job.state = "stopping";
  expect((await ask("/health", {}, job)).status).toBe(200);
  expect((await ask("/ready", {}, job)).status).toBe(503);
  job.state = "failed";
  job.error = "it broke";
  const health = await ask("/health", {}, job);
  expect(health.status).toBe(503);
  expect(bodyOf(health)).toMatchObject({ status: "failed", error: "it broke" });
});

test("metrics are switched by a boolean, and nothing else", async () => {
  const job = new FakeJob();
  const put = (body: string) => ask("/v1/metrics", { method: "PUT", body }, job);
  expect(bodyOf(await put('{"on": false}'))).toEqual({ on: false });
  expect(bodyOf(await put('{"on": true}'))).toEqual({ on: true });
  for (const body of ["", "on", "[]", "null", '{"on": 1}', "{}"]) {
    expect((await put(body)).status).toBe(400);
  }
  expect(job.asked).toEqual(["metrics false", "metrics true"]);
});

test("log levels are shown, and changed for all or for a step; nothing else is taken", async () => {
  const job = new FakeJob();
  const put = (body: string) => ask("/v1/log-level", { method: "PUT", body }, job);
  const shown = { level: "info", steps: { split: "debug" } };
  expect(bodyOf(await ask("/v1/log-level"))).toEqual(shown);
  expect(bodyOf(await put('{"level": "warn"}'))).toEqual(shown);
  await put('{"level": "debug", "step": "split"}');
  await put('{"level": null, "step": "split"}');
  expect(job.asked).toEqual(["level warn undefined", "level debug split", "level undefined split"]);
  for (const body of ["", "{}", '{"level": "loud"}', '{"level": null}', '{"step": "split"}']) {
    const refused = await put(body);
    expect(refused.status).toBe(400);
    expect(String(refused.body)).toContain("debug, info, warn, error");
  }
  expect((await put('{"level": "warn", "step": 1}')).status).toBe(400);
  expect(job.asked).toHaveLength(3);
});

test("a stop is begun and answered at once", async () => {
  const job = new FakeJob();
  const response = await ask("/v1/stop", { method: "POST" }, job);
  expect(response.status).toBe(202);
  expect(bodyOf(response)).toEqual({ job: "j", state: "stopping" });
  expect(job.asked).toEqual(["stop"]);
});

test("an unknown path is told with those there are, a method with the right ones", async () => {
  const nowhere = await ask("/v1/stauts");
  expect(nowhere.status).toBe(404);
  expect(String(nowhere.body)).toContain("/v1/status");
  for (const path of ["/__proto__", "/constructor", "/toString"]) {
    expect((await ask(path)).status).toBe(404);
  }
  const wrong = await ask("/v1/stop");
  expect(wrong.status).toBe(405);
  expect(wrong.headers["allow"]).toBe("POST");
  expect((await ask("/v1/status", { method: "DELETE" })).status).toBe(405);
  expect((await ask("/v1/status", { method: "HEAD" })).status).toBe(200);
});

test("no answer may be kept, framed or guessed at by a browser", async () => {
  for (const path of ["/health", "/nowhere"]) {
    expect((await ask(path)).headers).toMatchObject({
      "cache-control": "no-store",
      "x-content-type-options": "nosniff",
      "x-frame-options": "DENY",
    });
  }
});

test("a request that is refused changes nothing", async () => {
  const job = new FakeJob();
  const headers = { origin: "http://evil.example" };
  expect((await ask("/v1/stop", { method: "POST", headers }, job)).status).toBe(403);
  expect(job.asked).toEqual([]);
});

test("a job that is not there yet, and a body too large, are told", async () => {
  const job = new FakeJob();
  job.status = () => {
    throw externalError("starting", "the job is starting: ask again");
  };
  expect((await ask("/v1/status", {}, job)).status).toBe(503);
  job.setMetrics = () => {
    throw externalError("body_too_large", "too large");
  };
  expect((await ask("/v1/metrics", { method: "PUT", body: '{"on":true}' }, job)).status).toBe(413);
});
