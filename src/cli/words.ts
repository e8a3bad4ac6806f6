/**
 * The words of a command line, made ready for cac (pure).
 *
 * cac knows no commands of two words, turns texts into numbers before anybody can see them
 * (`007` to 7), drops a lone `-` and does not know which flag wants a value. So: the words of a
 * command are joined into one, each value is marked so that it stays a text and tied to its flag by
 * `=`, and what is wrong is said here, with the nearest that exists.
 */
import { type Command, flagName, type Option, type Options, usageError } from "./command.ts";
import { didYouMean } from "./suggest.ts";
import { readValue } from "./values.ts";

/** No text of a person begins with it; cac cannot take what begins with it for a number. */
export const MARK = "\u0001";

export interface Words {
  /** Undefined when there is none: `wallaroo --help`. */
  readonly command: Command | undefined;
  /** Words of a group that is no command itself: `checkpoint`. */
  readonly group: string | undefined;
  readonly wantsHelp: boolean;
  readonly wantsVersion: boolean;
  readonly configFile: string | undefined;
  /** What cac parses: the command's name, marked values, options. */
  readonly forCac: readonly string[];
}

/** @throws {WallarooError} `usage`: an unknown command or flag, a missing value */
export function prepare(argv: readonly string[], commands: readonly Command[]): Words {
  const globals = new Globals();
  let at = 0;
  while (at < argv.length && argv[at]!.startsWith("-")) {
    const taken = globals.take(argv, at);
    if (taken === 0) throw unknownFlag(argv[at]!, undefined);
    at += taken;
  }
  const found = findCommand(argv, at, commands);
  if (found === undefined) {
    const word = argv[at];
    if (word === "help") {
      // `help`, `help send`.
      return { ...prepare(argv.slice(at + 1), commands), wantsHelp: true };
    }
    const group = word === undefined ? undefined : groupOf(word, commands);
    if (word !== undefined && group === undefined) throw unknownCommand(word, commands);
    for (let rest = at + 1; rest < argv.length;) {
      const taken = globals.take(argv, rest);
      if (taken === 0) throw unknownCommand(`${word} ${argv[rest]}`, commands);
      rest += taken;
    }
    return { ...globals.result(), command: undefined, group, forCac: [] };
  }
  const forCac = [found.command.name];
  readCall(argv, found.next, found.command, globals, forCac);
  return { ...globals.result(), command: found.command, group: undefined, forCac };
}

function readCall(
  argv: readonly string[],
  start: number,
  command: Command,
  globals: Globals,
  forCac: string[],
): void {
  const given = new Set<string>();
  for (let at = start; at < argv.length; at++) {
    const word = argv[at]!;
    if (word === "--") {
      for (const rest of argv.slice(at + 1)) forCac.push(MARK + rest);
      return;
    }
    if (!word.startsWith("-") || word === "-") {
      forCac.push(MARK + word);
      continue;
    }
    const taken = globals.take(argv, at);
    if (taken > 0) {
      at += taken - 1;
      continue;
    }
    const equals = word.indexOf("=");
    const typed = equals < 0 ? word : word.slice(0, equals);
    const flag = findFlag(typed, command);
    if (flag === undefined) throw unknownFlag(typed, command);
    if (given.has(flag.name) && !flag.option.isList) {
      throw usageError(`${typed} is given twice: give it once`);
    }
    given.add(flag.name);
    const shown = flagName(flag.name);
    let value = equals < 0 ? undefined : word.slice(equals + 1);
    if (flag.option.title === undefined) {
      const { option } = flag;
      const isOn = value === undefined || readValue(typed, () => option.read([value!]));
      forCac.push(isOn !== flag.isNegated ? `--${shown}` : `--no-${shown}`);
      continue;
    }
    if (flag.isNegated)
      throw usageError(`${typed}: --${shown} takes a value, it cannot be negated`);
    if (value === undefined) {
      value = argv[at + 1];
      if (value === undefined || isFlagLike(value, command)) {
        throw usageError(`${typed} needs a value: ${typed} ${flag.option.title}`);
      }
      at++;
    }
    forCac.push(`--${shown}=${MARK}${value}`);
  }
}

/** The flags that every command knows. */
class Globals {
  wantsHelp = false;
  wantsVersion = false;
  configFile: string | undefined = undefined;

  /** How many words were taken: 0 when the first is no global flag. */
  take(argv: readonly string[], at: number): number {
    const word = argv[at]!;
    if (word === "--help" || word === "-h") {
      this.wantsHelp = true;
      return 1;
    }
    if (word === "--version" || word === "-v") {
      this.wantsVersion = true;
      return 1;
    }
    if (word.startsWith("--config=")) {
      this.configFile = word.slice("--config=".length);
      return 1;
    }
    if (word !== "--config") return 0;
    this.configFile = argv[at + 1];
    if (this.configFile === undefined) throw usageError("--config needs a value: --config FILE");
    return 2;
  }

  result(): Pick<Words, "wantsHelp" | "wantsVersion" | "configFile"> {
    const { wantsHelp, wantsVersion, configFile } = this;
    return { wantsHelp, wantsVersion, configFile };
  }
}

export const GLOBAL_FLAGS: readonly string[] = ["help", "version", "config"];

/** The command with the most words. */
function findCommand(
  argv: readonly string[],
  at: number,
  commands: readonly Command[],
): { readonly command: Command; readonly next: number } | undefined {
  for (let length = 3; length > 0; length--) {
    const name = argv.slice(at, at + length).join(" ");
    const command = commands.find((candidate) => candidate.name === name);
    if (command !== undefined) return { command, next: at + length };
  }
  return undefined;
}

/** The command that a line is about, when it has one; for hints. */
export function commandOf(
  argv: readonly string[],
  commands: readonly Command[],
): Command | undefined {
  const start = argv.findIndex((word) => !word.startsWith("-"));
  return start < 0 ? undefined : findCommand(argv, start, commands)?.command;
}

function groupOf(word: string, commands: readonly Command[]): string | undefined {
  return commands.some(({ name }) => name.startsWith(`${word} `)) ? word : undefined;
}

interface FoundFlag {
  readonly name: string;
  readonly option: Option<unknown>;
  readonly isNegated: boolean;
}

function findFlag(typed: string, { options }: Command): FoundFlag | undefined {
  for (const [name, option] of Object.entries(options)) {
    const shown = flagName(name);
    if (typed === `--${shown}` || typed === `-${option.short}`) {
      return { name, option, isNegated: false };
    }
    if (typed === `--no-${shown}`) return { name, option, isNegated: true };
  }
  return undefined;
}

/** `-5` and `-` are values; `--json`, or a short flag of the command, after `--rate` is not. */
function isFlagLike(word: string, command: Command): boolean {
  if (word.startsWith("--")) return true;
  return word.startsWith("-") && findFlag(word, command) !== undefined;
}

function unknownFlag(typed: string, command: Command | undefined): Error {
  const shown = typed.split("=", 1)[0]!;
  const own = Object.keys(command?.options ?? {}).map((name) => flagName(name));
  const known = [...GLOBAL_FLAGS, ...own].map((name) => `--${name}`);
  const where = command === undefined ? "wallaroo" : `wallaroo ${command.name}`;
  return usageError(`${where} has no option ${shown}${didYouMean(shown, known)}`);
}

function unknownCommand(word: string, commands: readonly Command[]): Error {
  const names = commands.map(({ name }) => name);
  const near = didYouMean(word, names);
  return usageError(`there is no command ${JSON.stringify(word)}${near}`);
}

/** The flags of a command as help and completions show them, without dashes. */
export function shownFlags(options: Options): readonly string[] {
  return Object.entries(options).map(([name, { title, fallback }]) =>
    title === undefined && fallback === true ? `no-${flagName(name)}` : flagName(name),
  );
}
