/** Finds what a test names in the graph, or says what there is. */
import { userError } from "../base/errors.ts";
import { nearest } from "../base/nearest.ts";
import type { MemorySink } from "../connectors/memory/mod.ts";
import type { TestFeed } from "./test-feed.ts";
import type { TestPipeline } from "./test-parts.ts";

/** @throws {WallarooError} `bad_test` for a source that is kept, or is none */
export function findFeed({ feeds, kept }: TestPipeline, name: string): TestFeed {
  const found = feeds.get(name);
  if (found !== undefined) return found;
  throw kept.includes(name) ? isKept("source", name) : unknownName("source", name, feeds);
}

/** @throws {WallarooError} `bad_test` for a sink that is kept, has targets, or is none */
export function findSink({ sinks, each, kept }: TestPipeline, name: string): MemorySink<unknown> {
  const found = sinks.get(name);
  if (found !== undefined) return found;
  if (kept.includes(name)) throw isKept("sink", name);
  if (each.has(name)) {
    const text = `"${name}" is a sinkEach, with many targets: use collectEach("${name}")`;
    throw userError("bad_test", text);
  }
  throw unknownName("sink", name, sinks);
}

/** @throws {WallarooError} `bad_test` for a sink that is kept, or is no `sinkEach` */
export function findTargets(
  { sinks, each, kept }: TestPipeline,
  name: string,
): ReadonlyMap<string, MemorySink<unknown>> {
  const found = each.get(name);
  if (found !== undefined) return found;
  if (kept.includes(name)) throw isKept("sink", name);
  if (sinks.has(name)) {
    throw userError("bad_test", `"${name}" is one sink, no sinkEach: use collect("${name}")`);
  }
  throw unknownName("sinkEach", name, each);
}

/** @throws {WallarooError} `bad_test` where nothing has that name */
export function findNamed<V>(what: string, name: string, all: ReadonlyMap<string, V>): V {
  const found = all.get(name);
  if (found === undefined) throw unknownName(what, name, all);
  return found;
}

/** A name that is none of those there are. */
export function unknownName(
  what: string,
  name: string,
  known: ReadonlyMap<string, unknown>,
): Error {
  const names = [...known.keys()];
  const there = names.length === 0 ? "it has none" : `it has: ${names.join(", ")}`;
  const near = nearest(name, names);
  const meant = near === undefined ? "" : `; did you mean "${near}"?`;
  return userError("bad_test", `the app has no ${what} "${name}" (${there})${meant}`);
}

function isKept(what: string, name: string): Error {
  return userError(
    "bad_test",
    `${what} "${name}" is in \`keep\`: it has its own connector, which the test does not see`,
  );
}
