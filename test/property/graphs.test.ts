/** Random graphs give what a sequential model gives, in the plain and in the compiled form. */
import { describe, expect, test } from "bun:test";
import { join } from "node:path";
import * as api from "../../src/api/mod.ts";
import { KeyedNode } from "../../src/api/keyed-node.ts";
import { StreamNode } from "../../src/api/stream-node.ts";
import { differenceOf, MAKERS, randomGraph } from "../support/random-graph.ts";
import { simulateGraph } from "../support/run-simulated.ts";
import { runPipeline } from "../support/run-app.ts";

const GRAPHS = 200;
const CHUNK = 50;

const chunks = Array.from({ length: GRAPHS / CHUNK }, (_, i) => i * CHUNK);

describe.each([true, false])("compiled %p", (compiled) => {
  test.each(chunks)("graphs of seeds from %d equal their model", async (first) => {
    for (let seed = first; seed < first + CHUNK; seed++) {
      expect((await simulateGraph({ seed, compiled })) ?? "").toBe("");
    }
  });

  test.each(chunks)("graphs of seeds from %d survive short turns and slow sinks", async (first) => {
    for (let seed = first; seed < first + CHUNK; seed++) {
      expect((await simulateGraph({ seed, compiled, isRestless: true })) ?? "").toBe("");
    }
  });
});

test("the model objects to a lost, a doubled and a swapped record", async () => {
  let found = 0;
  for (let seed = 0; found < 3; seed++) {
    const graph = randomGraph(seed);
    const { sinks } = await runPipeline(await graph.app.build({}));
    const entry = Object.entries(sinks).find(
      ([sink, list]) => graph.expected.get(sink)?.as === "list" && new Set(list).size > 1,
    );
    if (entry === undefined) continue;
    found++;
    expect(differenceOf(graph, sinks)).toBeUndefined();
    const [name, records] = entry;
    const swapped = [...records];
    const at = swapped.findIndex((x, i) => i > 0 && x !== swapped[i - 1]);
    [swapped[at], swapped[at - 1]] = [swapped[at - 1], swapped[at]];
    for (const wrong of [records.slice(1), [records[0], ...records], swapped]) {
      expect(differenceOf(graph, { ...sinks, [name]: wrong })).toContain(name);
    }
  }
});

test("the seeds draw every kind of step", async () => {
  const drawn = new Set<string>();
  for (let seed = 0; seed < GRAPHS; seed++) {
    const graph = randomGraph(seed);
    await graph.app.build({});
    for (const line of graph.text.split("\n")) drawn.add(line.split(":")[0]!);
  }
  for (const kind of Object.keys(MAKERS)) expect([...drawn]).toContain(kind);
});

/** Methods of streams that random graphs do not draw, with the reason. */
const NOT_DRAWN: Readonly<Record<string, string>> = {};

/** What is exported and not drawn, with the reason. */
const NOT_IN_GRAPHS: Readonly<Record<string, string>> = {
  address: "an option of apps: random graphs have none",
  flag: "an option of apps: random graphs have none",
  integer: "an option of apps: random graphs have none",
  number: "an option of apps: random graphs have none",
  options: "options of apps: random graphs have none",
  text: "an option of apps: random graphs have none",
  ByteReader: "bytes of codecs: random graphs read records",
  ByteWriter: "bytes of codecs: random graphs read records",
  fixed: "a codec: random graphs read records",
  json: "a codec: random graphs read records",
  plain: "a codec: random graphs read records",
  raw: "a codec: random graphs read records",
  toObject: "of fixed layouts: random graphs read records",
  utf8: "a codec: random graphs read records",
  WallarooError: "what fails: the steps throw errors of their own",
  bridge: "a connector: property tests of its own",
  file: "a connector: property tests of its own",
  generator: "a connector: property tests of its own",
  stdin: "a connector of processes",
  stdout: "a connector of processes",
  tcp: "a connector: property tests of its own",
};

test("random graphs draw every export that graphs are made of", async () => {
  const support = join(import.meta.dir, "../support");
  const files = ["random-graph.ts", ...new Bun.Glob("random-steps/*.ts").scanSync(support)];
  const sources = await Promise.all(files.map((file) => Bun.file(join(support, file)).text()));
  const imports = sources.join("\n").matchAll(/import \{([^}]*)\} from "[./]*\/src\/[^"]*";/g);
  const drawn = new Set([...imports].flatMap(([, names]) => names!.split(/[\s,]+/)));
  const exported = Object.keys(api);
  expect(exported).toContain("aggregation");
  const missing = exported.filter((name) => !drawn.has(name) && !(name in NOT_IN_GRAPHS));
  expect(missing).toEqual([]);
  for (const name of Object.keys(NOT_IN_GRAPHS)) {
    expect(exported).toContain(name);
    expect([...drawn]).not.toContain(name);
  }
});

test("random graphs draw every method of streams", () => {
  const covered = new Set(Object.values(MAKERS).flatMap(({ covers }) => covers));
  const methods = [StreamNode.prototype, KeyedNode.prototype].flatMap((prototype) =>
    Object.getOwnPropertyNames(prototype).filter((name) => name !== "constructor"),
  );
  expect(methods).toContain("mapWithState");
  const missing = methods.filter((name) => !covered.has(name) && NOT_DRAWN[name] === undefined);
  expect(missing).toEqual([]);
  for (const name of Object.keys(NOT_DRAWN)) expect(methods).toContain(name);
});
