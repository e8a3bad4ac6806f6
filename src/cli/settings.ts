/**
 * Where the value of a flag comes from: the command line, else the environment (`WALLAROO_RATE` for
 * `--rate`), else the file of `--config`, else its fallback.
 */
import { externalError, messageOf } from "../base/errors.ts";
import { whyOf } from "../base/system-why.ts";
import { type Command, flagName, type Option, usageError } from "./command.ts";
import { didYouMean } from "./suggest.ts";
import { readValue } from "./values.ts";

/** `stampAt` to `WALLAROO_STAMP_AT`. */
export function envName(name: string): string {
  return `WALLAROO_${flagName(name).replaceAll("-", "_").toUpperCase()}`;
}

export interface Sources {
  /** Texts from the command line, by the option's name. */
  readonly given: Readonly<Record<string, readonly string[]>>;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly file: ConfigFile | undefined;
}

/** Values for all options of a command. @throws {WallarooError} `usage`, naming flag and origin */
export function settings(command: Command, sources: Sources): Record<string, unknown> {
  const values: Record<string, unknown> = {};
  for (const [name, option] of Object.entries(command.options)) {
    values[name] = setting(name, option, command, sources);
  }
  return values;
}

function setting(name: string, option: Option<unknown>, command: Command, from: Sources): unknown {
  const shown = flagName(name);
  const given = from.given[name];
  if (given !== undefined) return readValue(`--${shown}`, () => option.read(given));
  const variable = envName(name);
  const fromEnv = from.env[variable];
  if (fromEnv !== undefined && fromEnv !== "") {
    const texts = option.isList ? fromEnv.split(",") : [fromEnv];
    return readValue(`${variable} (environment)`, () => option.read(texts));
  }
  const fromFile = from.file?.texts(command.name, shown);
  if (fromFile !== undefined) {
    if (!option.isList && fromFile.length !== 1) {
      throw usageError(`${shown} in ${from.file!.path}: one value is wanted, it is a list`);
    }
    return readValue(`${shown} in ${from.file!.path}`, () => option.read(fromFile));
  }
  return option.fallback;
}

/**
 * A file of settings, JSON or TOML: names of flags without dashes at its top for every command that
 * has them, and tables named after commands for one command alone.
 */
export class ConfigFile {
  readonly path: string;
  readonly #top: Readonly<Record<string, unknown>>;

  /** @throws {WallarooError} `usage` when it holds what no command knows */
  constructor(path: string, content: unknown, commands: readonly Command[]) {
    this.path = path;
    if (!isTable(content)) throw usageError(`${path}: a table of settings is wanted`);
    this.#top = content;
    this.#check(commands);
  }

  /** The values of a flag as texts. */
  texts(command: string, flag: string): readonly string[] | undefined {
    const table = this.#top[command];
    const value = (isTable(table) ? table[flag] : undefined) ?? this.#top[flag];
    return value === undefined ? undefined : this.#textsOf(value, flag);
  }

  #check(commands: readonly Command[]): void {
    const known = new Set(
      commands.flatMap(({ options }) => Object.keys(options).map((name) => flagName(name))),
    );
    for (const [key, value] of Object.entries(this.#top)) {
      const command = commands.find(({ name }) => name === key);
      if (command !== undefined && isTable(value)) {
        const own = Object.keys(command.options).map((name) => flagName(name));
        for (const inner of Object.keys(value)) {
          if (!own.includes(inner)) throw this.#unknown(`${inner} of [${key}]`, inner, own);
          this.#textsOf(value[inner], inner);
        }
      } else if (!known.has(key)) {
        const names = [...known, ...commands.map(({ name }) => name)];
        throw this.#unknown(key, key, names);
      } else if (!isTable(value)) {
        this.#textsOf(value, key);
      }
    }
  }

  #unknown(what: string, key: string, known: readonly string[]): Error {
    return usageError(`${this.path}: there is no setting ${what}${didYouMean(key, known)}`);
  }

  #textsOf(value: unknown, key: string): readonly string[] {
    if (Array.isArray(value)) return value.flatMap((item) => this.#textsOf(item, key));
    if (isTable(value)) return Object.entries(value).map(([name, item]) => `${name}=${item}`);
    if (typeof value === "string") return [value];
    if (typeof value === "number" || typeof value === "boolean") return [String(value)];
    throw usageError(`${this.path}: ${key} is neither a text, a number, true, false nor a list`);
  }
}

/** Reads `--config FILE`. @throws {WallarooError} when it is missing or wrong */
export async function readConfig(path: string, commands: readonly Command[]): Promise<ConfigFile> {
  let text: string;
  try {
    text = await Bun.file(path).text();
  } catch (error) {
    throw externalError("not_found", `--config ${path}: cannot be read: ${whyOf(error)}`);
  }
  let content: unknown;
  try {
    content = path.endsWith(".json") ? JSON.parse(text) : Bun.TOML.parse(text);
  } catch (error) {
    const kind = path.endsWith(".json") ? "JSON" : "TOML (a JSON file ends in .json)";
    throw usageError(
      `--config ${path}: it is no ${kind}: ${messageOf(error).replace(/^JSON Parse error: /, "")}`,
    );
  }
  return new ConfigFile(path, content, commands);
}

function isTable(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
