/**
 * What a command is. To add one:
 *
 * 1. Write `src/cli/<name>.ts` that exports a `Command` made by `command({ ... })`: its name (words
 *    with spaces between them are fine: `checkpoint ls`), arguments, options, examples and `run`.
 *    The types of `args` and `options` in `run` follow from what was declared.
 * 2. Add it to the list in `src/cli/commands.ts`. Help, completions, suggestions, the environment
 *    (`WALLAROO_<FLAG>`) and `--config` come from the declaration.
 *
 * `run` returns the exit status: 0, or 1 for a failure it has told already. It throws a
 * WallarooError for the rest: printed as `error: ...`, status 1; `usageError` gives status 2.
 * What is heavy is imported inside `run`, so that other commands start without it.
 *
 * @example
 * export const greet = command({
 *   name: "greet",
 *   summary: "greet somebody",
 *   args: { name: argument("NAME", "who is greeted") },
 *   options: { times: option("N", "how often", count({ min: 1 }), 1), json: flag("print JSON") },
 *   examples: [["wallaroo greet Ada --times 2", "greet Ada twice"]],
 *   async run({ args, options, io }) {
 *     for (let i = 0; i < options.times; i++) await io.stdout.write(`hello ${args.name}\n`);
 *     return 0;
 *   },
 * });
 */
import { WallarooError } from "../base/errors.ts";

/** A stream of output. */
export interface Out {
  /** Writes all of it. A promise while the reader is slow: await it before writing much more.
   *  @throws {WallarooError} `output_closed` when nobody reads any more */
  write(data: string | Uint8Array): void | Promise<void>;
  readonly isTerminal: boolean;
  /** Whether colours and cursor movements are welcome: a terminal, and NO_COLOR unset. */
  readonly hasColor: boolean;
  /** Columns of the terminal, 80 where there is none. */
  readonly columns: number;
}

/** The process, as a command sees it; tests give another. */
export interface Io {
  readonly stdout: Out;
  readonly stderr: Out;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The folder that relative paths start from. */
  readonly cwd: string;
  /** Calls `fn` at each SIGINT and SIGTERM, instead of ending the process. Returns its undoing. */
  onInterrupt(fn: () => void): () => void;
}

/** Makes a value of a text. @throws {WallarooError} that says what is wrong, without the flag */
export type Parse<T> = (text: string) => T;

export interface Argument<T> {
  /** In upper case: `FILE`. */
  readonly title: string;
  readonly help: string;
  readonly isRequired: boolean;
  /** What is typed there, for completions. */
  readonly hint: Hint;
  readonly parse: Parse<T>;
}

/** What completions offer for a value: files, folders, one of some words, or nothing. */
export type Hint = "file" | "folder" | "none" | readonly string[];

export interface Option<T> {
  /** The value's name in upper case, undefined for a flag. */
  readonly title: string | undefined;
  readonly help: string;
  readonly hint: Hint;
  /** One letter. */
  readonly short: string | undefined;
  /** May be given many times. */
  readonly isList: boolean;
  readonly fallback: T;
  /** Makes a value of the texts that were given: one, unless `isList`. */
  readonly read: (texts: readonly string[]) => T;
}

export interface More {
  readonly hint?: Hint;
  readonly short?: string;
}

/** An argument that must be given. */
export function argument(title: string, help: string): Argument<string>;
export function argument<T>(title: string, help: string, parse: Parse<T>, m?: More): Argument<T>;
export function argument(
  title: string,
  help: string,
  parse: Parse<unknown> = (text) => text,
  more: More = {},
): Argument<unknown> {
  return { title, help, isRequired: true, hint: more.hint ?? "none", parse };
}

/** An argument that may be left out; only others like it may follow. */
export function optionalArgument<T>(
  title: string,
  help: string,
  parse: Parse<T>,
  more: More = {},
): Argument<T | undefined> {
  return { title, help, isRequired: false, hint: more.hint ?? "none", parse };
}

/**
 * `--name`, or `--no-name` where it is on: by its fallback, by the environment or by a file.
 * A flag that is on by itself is shown as `--no-name`.
 */
export function flag(help: string, more: More = {}, fallback = false): Option<boolean> {
  const read = ([text]: readonly string[]): boolean => {
    if (text === "true" || text === "1" || text === "yes") return true;
    if (text === "false" || text === "0" || text === "no" || text === "") return false;
    throw usageError(`${JSON.stringify(text)} is neither true nor false`);
  };
  return {
    title: undefined,
    help,
    hint: "none",
    short: more.short,
    isList: false,
    fallback,
    read,
  };
}

/** `--name VALUE`; undefined, or the fallback, when it is not given. */
export function option<T>(title: string, help: string, parse: Parse<T>): Option<T | undefined>;
export function option<T>(
  title: string,
  help: string,
  parse: Parse<T>,
  fallback: T,
  more?: More,
): Option<T>;
export function option<T>(
  title: string,
  help: string,
  parse: Parse<T>,
  fallback: undefined,
  more: More,
): Option<T | undefined>;
export function option(
  title: string,
  help: string,
  parse: Parse<unknown>,
  fallback?: unknown,
  more: More = {},
): Option<unknown> {
  return {
    title,
    help,
    hint: more.hint ?? "none",
    short: more.short,
    isList: false,
    fallback,
    read: (texts) => parse(texts[0] ?? ""),
  };
}

/** `--name VALUE`, as often as one likes. */
export function list<T>(
  title: string,
  help: string,
  parse: Parse<T>,
  more: More = {},
): Option<readonly T[]> {
  return {
    title,
    help,
    hint: more.hint ?? "none",
    short: more.short,
    isList: true,
    fallback: [],
    read: (texts) => texts.map(parse),
  };
}

export type Arguments = Readonly<Record<string, Argument<unknown>>>;
/** By name in camelCase: `stampAt` is `--stamp-at`. */
export type Options = Readonly<Record<string, Option<unknown>>>;
type ArgumentValues<A> = { readonly [N in keyof A]: A[N] extends Argument<infer T> ? T : never };
type OptionValues<O> = { readonly [N in keyof O]: O[N] extends Option<infer T> ? T : never };

export interface CommandSpec<A, O> {
  /** Words with single spaces between them. */
  readonly name: string;
  /** One line, without a full stop. */
  readonly summary: string;
  /** More, below the usage line of `--help`. */
  readonly about?: string;
  /** In the order in which they are typed. */
  readonly args: A;
  readonly options: O;
  /** What to type, and what it does. */
  readonly examples: readonly (readonly [string, string])[];
  run(call: {
    readonly args: ArgumentValues<A>;
    readonly options: OptionValues<O>;
    readonly io: Io;
  }): Promise<number>;
}

/** A command with its types forgotten, as the frame holds it. */
export interface Command {
  readonly name: string;
  readonly summary: string;
  readonly about: string;
  readonly args: Arguments;
  readonly options: Options;
  readonly examples: readonly (readonly [string, string])[];
  run(
    args: Readonly<Record<string, unknown>>,
    options: Readonly<Record<string, unknown>>,
    io: Io,
  ): Promise<number>;
}

/** Declares a command. */
export function command<A extends Arguments, O extends Options>(spec: CommandSpec<A, O>): Command {
  return {
    name: spec.name,
    summary: spec.summary,
    about: spec.about ?? "",
    args: spec.args,
    options: spec.options,
    examples: spec.examples,
    // The frame fills both records from the same declarations, by the same `parse` and `read`.
    run: (args, options, io) =>
      spec.run({ args: args as ArgumentValues<A>, options: options as OptionValues<O>, io }),
  };
}

/** `stampAt` to `stamp-at`. */
export function flagName(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

/** Wrong usage of the command line: exit status 2. */
export function usageError(message: string): WallarooError {
  return new WallarooError("usage", message, { domain: "user" });
}
