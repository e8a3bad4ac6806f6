import { expect, test } from "bun:test";
import { answerIn, answeredBy } from "../../../src/cli/cluster-client.ts";

const URL = "http://127.0.0.1:80";
const OURS = { "x-wallaroo": "v1" };
const answered = (status: number, text: string, headers: Record<string, string> = OURS): object =>
  answerIn(URL, answeredBy(new Response(null, { status, headers }), text));

test("what another server answers is told, and not shown", () => {
  const page = "<!DOCTYPE html><html><body>It works!</body></html>";
  const other = (status: number, found: string): string =>
    `what answers at ${URL} is no wallaroo coordinator of this version (status ${status}, ` +
    `${found}): check --coordinator`;
  for (const text of ["", page, "[]", "null", "7"]) {
    for (const status of [200, 302, 401, 404, 502]) {
      expect(() => answered(status, text)).toThrow(other(status, "no JSON"));
    }
  }
  for (const text of ["{}", '{"error":""}', '{"error":{"code":5}}']) {
    expect(() => answered(404, text)).toThrow(other(404, "JSON of another kind"));
  }
  // What might be ours.
  for (const text of ["{}", '{"jobs":[]}', '{"error":"there is no job x"}']) {
    for (const status of [200, 401, 404]) {
      expect(() => answered(status, text, {})).toThrow(other(status, "no header x-wallaroo"));
      const named = { server: "nginx/1.27" };
      expect(() => answered(status, text, named)).toThrow(other(status, "server nginx/1.27"));
    }
  }
});

test("what a coordinator answers is given, or told", () => {
  expect(answered(200, '{"jobs":[]}\n')).toEqual({ jobs: [] });
  expect(() => answered(404, '{"error":"there is no job x"}')).toThrow("there is no job x");
  const wrong = `${URL}: wrong token; give its --data DIR or --token-file FILE`;
  expect(() => answered(401, '{"error":"wrong token"}')).toThrow(wrong);
});
