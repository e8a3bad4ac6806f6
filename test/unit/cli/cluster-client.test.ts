import { expect, test } from "bun:test";
import { answerIn } from "../../../src/cli/cluster-client.ts";

const URL = "http://127.0.0.1:80";

test("what another server answers is told, and not shown", () => {
  const page = "<!DOCTYPE html><html><body>It works!</body></html>";
  const other = (status: number, found: string): string =>
    `what answers at ${URL} is no wallaroo coordinator (status ${status}, ${found}): ` +
    "check --coordinator";
  for (const text of ["", page, "[]", "null", "7"]) {
    for (const status of [200, 302, 401, 404, 502]) {
      expect(() => answerIn(URL, status, text)).toThrow(other(status, "no JSON"));
    }
  }
  for (const text of ["{}", '{"error":""}', '{"error":{"code":5}}']) {
    expect(() => answerIn(URL, 404, text)).toThrow(other(404, "JSON of another kind"));
  }
});

test("what a coordinator answers is given, or told", () => {
  expect(answerIn(URL, 200, '{"jobs":[]}\n')).toEqual({ jobs: [] });
  expect(() => answerIn(URL, 404, '{"error":"there is no job x"}')).toThrow("there is no job x");
  const wrong = `${URL}: wrong token; give its --data DIR or --token-file FILE`;
  expect(() => answerIn(URL, 401, '{"error":"wrong token"}')).toThrow(wrong);
});
