/**
 * The frame that commands hang on: finds the command, its values, shows help, and tells failures.
 * cac matches and checks the words; what it lacks is added before (`words.ts`) and after.
 */
import { cac } from "cac";
import { must } from "../base/assert.ts";
import { messageOf, WallarooError } from "../base/errors.ts";
import { type Command, flagName, type Io, usageError } from "./command.ts";
import { commandHelp, groupHelp, mainHelp, usageLine } from "./help.ts";
import { readConfig, settings } from "./settings.ts";
import { styled } from "./table.ts";
import { readValue } from "./values.ts";
import { versionText } from "./version.ts";
import { commandOf, MARK, prepare, type Words } from "./words.ts";

/** Runs a command line, without the program's name. Returns the exit status; never throws. */
export async function cli(
  argv: readonly string[],
  io: Io,
  commands: readonly Command[],
): Promise<number> {
  try {
    const words = prepare(argv, commands);
    const { command } = words;
    if (words.wantsVersion && command === undefined) {
      await io.stdout.write(`wallaroo ${versionText()}\n`);
      return 0;
    }
    if (words.wantsHelp || command === undefined) return await showHelp(words, commands, io);
    return await runCommand(command, words, commands, io);
  } catch (error) {
    return await tell(error, commandOf(argv, commands), io);
  }
}

async function showHelp(words: Words, commands: readonly Command[], io: Io): Promise<number> {
  const { columns } = io.stdout;
  const help =
    words.command !== undefined
      ? commandHelp(words.command, columns)
      : words.group !== undefined
        ? groupHelp(words.group, commands, columns)
        : mainHelp(commands, versionText(), columns);
  // Asked for, it is output; in place of a command that was left out, it is a complaint.
  await (words.wantsHelp ? io.stdout : io.stderr).write(help);
  return words.wantsHelp ? 0 : 2;
}

async function runCommand(
  command: Command,
  words: Words,
  commands: readonly Command[],
  io: Io,
): Promise<number> {
  const path = words.configFile ?? io.env["WALLAROO_CONFIG"];
  const file = path === undefined ? undefined : await readConfig(path, commands);
  const { texts, given } = parse(command, words.forCac);
  const args: Record<string, unknown> = {};
  for (const [i, [name, argument]] of Object.entries(command.args).entries()) {
    const text = texts[i];
    args[name] =
      text === undefined ? undefined : readValue(argument.title, () => argument.parse(text));
  }
  const options = settings(command, { given, env: io.env, file });
  return await command.run(args, options, io);
}

interface Parsed {
  readonly texts: readonly string[];
  readonly given: Readonly<Record<string, readonly string[]>>;
}

/** Lets cac parse the words, and gives back the values as they were typed. */
function parse(command: Command, forCac: readonly string[]): Parsed {
  const titles = Object.values(command.args);
  const frame = cac("wallaroo");
  const shape = titles.map(({ title, isRequired }) => (isRequired ? `<${title}>` : `[${title}]`));
  const inner = frame.command([command.name, ...shape].join(" "), command.summary);
  for (const [name, { title, short }] of Object.entries(command.options)) {
    const flags = `${short === undefined ? "" : `-${short}, `}--${flagName(name)}`;
    inner.option(title === undefined ? flags : `${flags} <value>`, "");
  }
  const given: Record<string, readonly string[]> = {};
  let texts: readonly string[] = [];
  inner.action((...values: unknown[]) => {
    const options = values.at(-1) as Record<string, unknown>; // cac gives them last, untyped
    texts = values.slice(0, -1).flatMap((value) => (value === undefined ? [] : [unmark(value)]));
    for (const name of Object.keys(command.options)) {
      const value = options[name];
      if (value !== undefined) given[name] = [value].flat().map(unmark);
    }
  });
  frame.parse(["bun", "wallaroo", ...forCac], { run: false });
  const missing = titles.filter(({ isRequired }) => isRequired)[frame.args.length];
  if (missing !== undefined) {
    throw usageError(`${missing.title} is missing (${missing.help}): ${usageLine(command)}`);
  }
  const surplus = frame.args.slice(titles.length).map(unmark)[0];
  if (surplus !== undefined) {
    const most = titles.length === 0 ? "no arguments" : `at most ${titles.length}`;
    throw usageError(`${JSON.stringify(surplus)} is too much: ${command.name} takes ${most}`);
  }
  frame.runMatchedCommand();
  return { texts, given };
}

function unmark(value: unknown): string {
  const text = String(value);
  return text.startsWith(MARK) ? text.slice(MARK.length) : text;
}

async function tell(error: unknown, command: Command | undefined, io: Io): Promise<number> {
  if (error instanceof WallarooError && error.code === "output_closed") return 1;
  const isUsage = error instanceof WallarooError && error.code === "usage";
  const lines = [`${styled(io.stderr, "red", "error:")} ${messageOf(error)}`];
  if (isUsage) {
    const where = command === undefined ? "" : ` ${command.name}`;
    lines.push(`\`wallaroo${where} --help\` shows how it is used.`);
  } else if (!(error instanceof WallarooError)) {
    lines.push("This is a defect of wallaroo:", must(stackOf(error), "stack"));
  }
  await io.stderr.write(`${lines.join("\n")}\n`);
  return isUsage ? 2 : 1;
}

function stackOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
