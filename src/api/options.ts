/**
 * Options of an app without a package: a small Standard Schema whose fields know their defaults.
 * Any other Standard Schema (zod, valibot, arktype) can be given to `app` instead.
 */
import { userError } from "../base/errors.ts";
import type { SchemaIssue, SchemaResult, StandardSchemaV1 } from "../codec/schema.ts";

/** A Standard Schema, version 1. See https://standardschema.dev. */
export type Schema<Input, Output> = StandardSchemaV1<Input, Output>;

/** One option: what it is by default and how its text is read. */
export interface OptionField<V> {
  readonly initial: V;
  readonly parse: (text: string) => V;
}

/** The values of the fields of `options`. */
export type OptionValues<F extends Record<string, OptionField<unknown>>> = {
  readonly [Name in keyof F]: F[Name] extends OptionField<infer V> ? V : never;
};

/**
 * A schema of options, for `app(name, options({...}), build)`; `--set name=value` changes one.
 *
 * @example
 * options({ in: address("127.0.0.1:7010"), top: integer(10), title: text("words") });
 */
export function options<F extends Record<string, OptionField<unknown>>>(
  fields: F,
): Schema<Readonly<Record<string, string>>, OptionValues<F>> {
  return {
    "~standard": {
      version: 1,
      vendor: "wallaroo",
      validate: (value) => validate(fields, value as Readonly<Record<string, string>>),
    },
  };
}

function validate<F extends Record<string, OptionField<unknown>>>(
  fields: F,
  given: Readonly<Record<string, string>>,
): SchemaResult<OptionValues<F>> {
  const values: Record<string, unknown> = {};
  const issues: SchemaIssue[] = [];
  for (const [name, field] of Object.entries(fields)) values[name] = field.initial;
  for (const [name, textValue] of Object.entries(given)) {
    const field = Object.hasOwn(fields, name) ? fields[name] : undefined;
    if (field === undefined) {
      const names = Object.keys(fields).join(", ");
      issues.push({ message: `no such option; there are: ${names}`, path: [name] });
      continue;
    }
    try {
      values[name] = field.parse(textValue);
    } catch (error) {
      issues.push({ message: (error as Error).message, path: [name] });
    }
  }
  if (issues.length > 0) return { issues };
  return { value: values as OptionValues<F> };
}

/** A text. */
export function text(initial: string): OptionField<string> {
  return { initial, parse: (given) => given };
}

/** A whole number within `[min, max]`. */
export function integer(
  initial: number,
  bounds: { readonly min?: number; readonly max?: number } = {},
): OptionField<number> {
  const { min = Number.MIN_SAFE_INTEGER, max = Number.MAX_SAFE_INTEGER } = bounds;
  return {
    initial,
    parse: (given) => {
      const value = Number(given);
      if (given.trim() !== "" && Number.isSafeInteger(value) && value >= min && value <= max) {
        return value;
      }
      throw userError("bad_option", `"${given}" is no whole number from ${min} to ${max}`);
    },
  };
}

/** A number, fractions allowed. */
export function number(initial: number): OptionField<number> {
  return {
    initial,
    parse: (given) => {
      const value = Number(given);
      if (given.trim() !== "" && Number.isFinite(value)) return value;
      throw userError("bad_option", `"${given}" is no number`);
    },
  };
}

/** `true` or `false`. */
export function flag(initial: boolean): OptionField<boolean> {
  return {
    initial,
    parse: (given) => {
      if (given === "true" || given === "false") return given === "true";
      throw userError("bad_option", `"${given}" is neither true nor false`);
    },
  };
}

/** `HOST:PORT`, as `tcp.listen({ address })` and `tcp.connect({ address })` take it. */
export function address(initial: string): OptionField<string> {
  return { initial, parse: checkAddress };
}

function checkAddress(given: string): string {
  const match = /^(\[[0-9a-fA-F:]+\]|[^\s:/]+):(\d{1,5})$/.exec(given);
  if (match !== null && Number(match[2]) <= 65_535) return given;
  throw userError("bad_option", `"${given}" is no HOST:PORT, such as 127.0.0.1:7010`);
}
