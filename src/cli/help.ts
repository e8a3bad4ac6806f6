/** The texts of `--help`, made from the declarations of the commands (pure). */
import { type Command, flagName, type Option } from "./command.ts";
import { envName } from "./settings.ts";

const COMMON: readonly (readonly [string, string])[] = [
  ["--config FILE", "settings from a file, JSON or TOML"],
  ["-h, --help", "show this help"],
];

/** `wallaroo --help`. */
export function mainHelp(commands: readonly Command[], version: string, columns: number): string {
  const rows = commands.map(({ name, summary }) => [name, summary] as const);
  return [
    `wallaroo ${version}: a stream processor`,
    "",
    "Usage: wallaroo COMMAND [ARGUMENTS] [OPTIONS]",
    "",
    "Commands:",
    ...table(rows, columns),
    "",
    "Options:",
    ...table([...COMMON, ["-v, --version", "show the version"]], columns),
    "",
    "Examples:",
    // Their summaries, above, say what they are.
    ...commands.flatMap(({ examples }) => examples.slice(0, 1).map(([call]) => `  ${call}`)),
    "",
    "`wallaroo COMMAND --help` tells more about a command. Every option can also come from the",
    "environment, as WALLAROO_<OPTION>, or from the file of --config. NO_COLOR takes colours away.",
    "",
  ].join("\n");
}

/** The commands of a group: `wallaroo checkpoint`. */
export function groupHelp(group: string, commands: readonly Command[], columns: number): string {
  const rows = commands
    .filter(({ name }) => name.startsWith(`${group} `))
    .map(({ name, summary }) => [name, summary] as const);
  return [`Usage: wallaroo ${group} COMMAND`, "", "Commands:", ...table(rows, columns), ""].join(
    "\n",
  );
}

/** `wallaroo COMMAND --help`. */
export function commandHelp(command: Command, columns: number): string {
  const lines = [
    `wallaroo ${command.name}: ${command.summary}`,
    "",
    `Usage: ${usageLine(command)}`,
  ];
  if (command.about !== "") lines.push("", ...wrap(command.about, columns, ""));
  const args = Object.values(command.args).map(({ title, help }) => [title, help] as const);
  if (args.length > 0) lines.push("", "Arguments:", ...table(args, columns));
  const options = Object.entries(command.options).map(
    ([name, option]) => [optionTitle(name, option), optionHelp(name, option)] as const,
  );
  lines.push("", "Options:", ...table([...options, ...COMMON], columns));
  if (command.examples.length > 0) {
    lines.push("", "Examples:");
    for (const [call, what] of command.examples) {
      lines.push(...wrap(what, columns, "  # "), `  ${call}`);
    }
  }
  return `${lines.join("\n")}\n`;
}

export function usageLine(command: Command): string {
  const args = Object.values(command.args).map(({ title, isRequired }) =>
    isRequired ? ` ${title}` : ` [${title}]`,
  );
  return `wallaroo ${command.name}${args.join("")} [OPTIONS]`;
}

function optionTitle(name: string, { title, short, fallback, isList }: Option<unknown>): string {
  const no = title === undefined && fallback === true ? "no-" : "";
  const value = title === undefined ? "" : ` ${title}${isList ? " ..." : ""}`;
  return `${short === undefined ? "" : `-${short}, `}--${no}${flagName(name)}${value}`;
}

function optionHelp(name: string, { help, title, fallback, isList }: Option<unknown>): string {
  const isShown = typeof fallback === "string" || typeof fallback === "number";
  const shown = title === "TIME" && typeof fallback === "number" ? typed(fallback) : fallback;
  const initial = title !== undefined && !isList && isShown ? `default ${shown}; ` : "";
  return `${help} [${initial}${envName(name)}]`;
}

/** A duration as it is given: `60s`, `250ms`. */
function typed(ms: number): string {
  return ms % 1_000 === 0 ? `${ms / 1_000}s` : `${ms}ms`;
}

/** Two columns; the second is wrapped. */
function table(rows: readonly (readonly [string, string])[], columns: number): string[] {
  const width = Math.min(28, Math.max(...rows.map(([left]) => left.length)) + 2);
  return rows.flatMap(([left, right]) => {
    const lines = wrap(right, columns, " ".repeat(width + 2));
    if (left.length + 2 > width) return [`  ${left}`, ...lines];
    return [`  ${left.padEnd(width)}${lines[0]!.trimStart()}`, ...lines.slice(1)];
  });
}

function wrap(text: string, columns: number, indent: string): string[] {
  const width = Math.max(30, Math.min(columns, 100) - indent.length);
  return text.split("\n").flatMap((paragraph) => {
    const lines: string[] = [];
    let line = "";
    for (const word of paragraph.split(" ")) {
      if (line !== "" && line.length + 1 + word.length > width) {
        lines.push(indent + line);
        line = word;
      } else {
        line = line === "" ? word : `${line} ${word}`;
      }
    }
    return [...lines, indent + line];
  });
}
