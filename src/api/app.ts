import { userError } from "../base/errors.ts";
import { APP_MARK, type App } from "../model/app.ts";
import { WORKERS_MAX } from "../model/limits.ts";
import type { Pipeline, SourcePlace, TimeFn } from "../model/pipeline.ts";
import type { Source } from "../model/source.ts";
import type { StepContext } from "../model/context.ts";
import { Builder, checkFunction } from "./builder.ts";
import type { SchemaIssue } from "../codec/schema.ts";
import type { Schema } from "./options.ts";
import type { ForwardStream, Stream } from "./stream.ts";
import { streamOf } from "./stream-node.ts";

/** Options of a source step. */
export interface SourceOptions<T> {
  /** The event time of a record, in ms since the epoch. Without it: when its bytes arrived. */
  readonly time?: (record: T, ctx: StepContext) => number;
  /**
   * Which workers of a cluster read it: one (the default), a number of them, those of these names,
   * or every worker. A source that listens at one fixed port of one machine stays on one.
   */
  readonly on?: SourcePlace;
}

/** Where a graph begins. */
export interface Flow {
  /** Reads records. `name` is the id of the source in status, metrics and positions. */
  source<T>(name: string, source: Source<T>, options?: SourceOptions<T>): Stream<T>;
  /**
   * A stream that is named before it exists: give it its records later with `.from(stream)`.
   * A graph can so be written in any order; a cycle is refused, by name.
   */
  forward<T>(name: string): ForwardStream<T>;
}

/**
 * An app: a name and the function that builds its graph. A value; nothing runs before it is built.
 *
 * With options: texts of `--set name=value`, checked by any Standard Schema before the build runs.
 *
 * @example
 * export default app("upper", (flow) => {
 *   flow
 *     .source("lines", stdin({ decode: utf8 }))
 *     .map("upper", (line) => line.toUpperCase())
 *     .sink("out", stdout({ encode: utf8 }));
 * });
 */
export function app(name: string, build: (flow: Flow) => void): App;
export function app<O>(
  name: string,
  schema: Schema<unknown, O> | Schema<Readonly<Record<string, string>>, O>,
  build: (flow: Flow, options: O) => void,
): App;
export function app<O>(
  name: string,
  second: Schema<unknown, O> | ((flow: Flow, options: O) => void),
  third?: (flow: Flow, options: O) => void,
): App {
  const build = typeof second === "function" && !isSchema(second) ? second : third;
  const schema = isSchema(second) ? second : undefined;
  checkFunction(build, String(name), "the last argument of app()");
  return {
    mark: APP_MARK,
    name,
    hasOptions: schema !== undefined,
    async build(given): Promise<Pipeline> {
      const values = await readOptions(name, schema, given);
      const builder = new Builder();
      const result: unknown = build!(flowOf(builder), values as O);
      if (result instanceof Promise) {
        await result.catch(() => undefined);
        throw userError("async_build", `app "${name}": its build function is async: make it plain`);
      }
      builder.close();
      return { app: name, steps: builder.steps };
    },
  };
}

function flowOf(builder: Builder): Flow {
  return {
    source<T>(name: string, source: Source<T>, options: SourceOptions<T> = {}): Stream<T> {
      if (typeof source?.open !== "function" || typeof source.splits !== "function") {
        throw userError("bad_source", `source "${name}": the second argument is no source`);
      }
      if (options.time !== undefined) checkFunction(options.time, name, "time");
      const { on } = options;
      if (on !== undefined) checkPlace(on, name);
      const time = options.time as TimeFn | undefined;
      const placed = on === undefined ? {} : { on };
      const spec = { kind: "source", source, ...placed } as const;
      const step = builder.add(name, time === undefined ? spec : { ...spec, time }, []);
      return streamOf(builder, { from: step.id, output: 0 }) as unknown as Stream<T>;
    },
    forward<T>(name: string): ForwardStream<T> {
      const step = builder.add(name, { kind: "forward" }, []);
      return streamOf(builder, { from: step.id, output: 0 }) as unknown as ForwardStream<T>;
    },
  };
}

function checkPlace(on: unknown, source: string): void {
  if (on === "one" || on === "every worker") return;
  if (typeof on === "number" && Number.isInteger(on) && on >= 1 && on <= WORKERS_MAX) return;
  const isNames = Array.isArray(on) && on.length > 0 && on.every((n) => typeof n === "string");
  if (isNames) return;
  throw userError(
    "bad_source",
    `source "${source}": on must be "one", "every worker", a number from 1 to ${WORKERS_MAX} or ` +
      "names of workers",
  );
}

function isSchema(value: unknown): value is Schema<unknown, never> {
  return (
    (typeof value === "object" || typeof value === "function") &&
    value !== null &&
    "~standard" in value
  );
}

async function readOptions(
  app: string,
  schema: Schema<unknown, unknown> | undefined,
  given: Readonly<Record<string, string>>,
): Promise<unknown> {
  const names = Object.keys(given);
  if (schema === undefined) {
    if (names.length === 0) return undefined;
    throw userError("unknown_option", `app "${app}" has no options; given: ${names.join(", ")}`);
  }
  const result = await schema["~standard"].validate({ ...given });
  if (result.issues !== undefined) {
    const lines = result.issues.map((issue) => `  --set ${pathOf(issue)}: ${issue.message}`);
    throw userError("bad_option", `app "${app}": options are wrong\n${lines.join("\n")}`);
  }
  const known = result.value;
  const strange = names.filter((n) => !(typeof known === "object" && known !== null && n in known));
  if (strange.length > 0) {
    throw userError("unknown_option", `app "${app}" has no option ${strange.join(", ")}`);
  }
  return known;
}

function pathOf(issue: SchemaIssue): string {
  const parts = issue.path ?? [];
  return parts.map((p) => String(typeof p === "object" ? p.key : p)).join(".") || "(all)";
}
