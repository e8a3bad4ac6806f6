/**
 * Standard Schema, version 1: the one interface of zod, valibot, arktype and others, written out so
 * that types which are published need no package. See https://standardschema.dev.
 */
import { externalError, userError } from "../base/errors.ts";

/** A schema that checks a value of any type and gives one of type `Output`. */
export interface StandardSchemaV1<Input = unknown, Output = Input> {
  readonly "~standard": {
    readonly version: 1;
    readonly vendor: string;
    readonly validate: (value: unknown) => SchemaResult<Output> | Promise<SchemaResult<Output>>;
    readonly types?: { readonly input: Input; readonly output: Output } | undefined;
  };
}

export type SchemaResult<Output> =
  | { readonly value: Output; readonly issues?: undefined }
  | { readonly issues: readonly SchemaIssue[] };

export interface SchemaIssue {
  readonly message: string;
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
}

/** What a schema gives. */
export type SchemaOutput<S extends StandardSchemaV1> = NonNullable<
  S["~standard"]["types"]
>["output"];

/** How many issues a message tells; the rest is counted. */
const ISSUES_MAX = 5;

/**
 * Checks a value.
 * @throws {WallarooError} `bad_record` with path and message of each issue; `schema_async` when the
 *   schema answers with a promise, which cannot be waited for at each record.
 */
export function validate<S extends StandardSchemaV1>(schema: S, value: unknown): SchemaOutput<S> {
  const result = schema["~standard"].validate(value);
  if (result instanceof Promise) {
    // What it would have said is of no interest; that it rejects must not end the process.
    result.catch(() => undefined);
    throw userError(
      "schema_async",
      `the schema (${schema["~standard"].vendor}) checks asynchronously, a codec cannot wait: ` +
        "use a schema without async checks here, and check the rest in a step",
    );
  }
  if (result.issues === undefined) return result.value;
  throw externalError("bad_record", `does not fit the schema: ${issuesText(result.issues)}`);
}

/** `price: expected number; items[2].id: required`. */
export function issuesText(issues: readonly SchemaIssue[]): string {
  const shown = issues.slice(0, ISSUES_MAX).map((issue) => {
    const path = pathText(issue.path ?? []);
    return path === "" ? issue.message : `${path}: ${issue.message}`;
  });
  if (issues.length > ISSUES_MAX) shown.push(`and ${issues.length - ISSUES_MAX} more`);
  return shown.join("; ");
}

function pathText(path: NonNullable<SchemaIssue["path"]>): string {
  let text = "";
  for (const part of path) {
    const key = typeof part === "object" ? part.key : part;
    if (typeof key === "number") text += `[${key}]`;
    else text += text === "" ? String(key) : `.${String(key)}`;
  }
  return text;
}
