/** Completion scripts for shells, made from the declarations of the commands (pure). */
import type { Command, Hint, Option } from "./command.ts";
import { shownFlags } from "./words.ts";

export const SHELLS = ["bash", "zsh", "fish"] as const;
export type Shell = (typeof SHELLS)[number];

export function completionScript(shell: Shell, commands: readonly Command[]): string {
  switch (shell) {
    case "bash":
      return bash(commands);
    case "zsh":
      return zsh(commands);
    default:
      return fish(commands);
  }
}

/** Flags that every command takes. */
const COMMON = ["--help", "--config"];

interface ShownOption {
  readonly flag: string;
  readonly option: Option<unknown>;
}

function optionsOf(command: Command): readonly ShownOption[] {
  const flags = shownFlags(command.options);
  return Object.values(command.options).map((option, i) => ({ flag: `--${flags[i]}`, option }));
}

/** What may stand where an argument of the command is typed. */
function argumentHint(command: Command): Hint {
  const hints = Object.values(command.args).map(({ hint }) => hint);
  return hints.find((hint) => hint !== "none") ?? "none";
}

function firstWords(commands: readonly Command[]): readonly string[] {
  return [...new Set(commands.map(({ name }) => name.split(" ")[0]!))];
}

/** Needs nothing but bash itself: the distribution's bash-completion may be absent. */
function bash(commands: readonly Command[]): string {
  const names = commands.map(({ name }) => name);
  const cases = commands.map((command) => {
    const flags = [...optionsOf(command).map(({ flag }) => flag), ...COMMON];
    const values = optionsOf(command)
      .filter(({ option }) => option.title !== undefined)
      .map(({ flag, option }) => `        ${flag}) ${bashReply(option.hint)}; return ;;`);
    return [
      `    ${single(command.name)})`,
      '      case "$before" in',
      ...values,
      "      esac",
      `      if [[ $current == -* ]]; then ${bashReply(flags)}`,
      `      else ${bashReply(argumentHint(command))}; fi`,
      "      ;;",
    ].join("\n");
  });
  return `# bash completion for wallaroo: source <(wallaroo completions bash)
_wallaroo() {
  local current=\${COMP_WORDS[COMP_CWORD]} before=\${COMP_WORDS[COMP_CWORD-1]}
  local two="\${COMP_WORDS[1]} \${COMP_WORDS[2]}" command=\${COMP_WORDS[1]}
  COMPREPLY=()
  case "$before" in
    --config) ${bashReply("file")}; return ;;
  esac
  if (( COMP_CWORD == 1 )); then
    ${bashReply([...firstWords(commands), "help", "--help", "--version"])}
    return
  fi
  case "$two" in
    ${
      names
        .filter((name) => name.includes(" "))
        .map(single)
        .join("|") || "''"
    }) command=$two ;;
  esac
  case "$command" in
${cases.join("\n")}
    help) ${bashReply(names)} ;;
  esac
}
complete -o default -F _wallaroo wallaroo
`;
}

function bashReply(hint: Hint): string {
  if (hint === "file") return 'COMPREPLY=($(compgen -f -- "$current"))';
  if (hint === "folder") return 'COMPREPLY=($(compgen -d -- "$current"))';
  if (hint === "none") return "COMPREPLY=()";
  return `COMPREPLY=($(compgen -W ${single(hint.join(" "))} -- "$current"))`;
}

function zsh(commands: readonly Command[]): string {
  const names = commands.map(({ name, summary }) => `    ${single(`${name}:${summary}`)}`);
  const cases = commands.map((command) => {
    const specs = [
      ...optionsOf(command).map(({ flag, option }) => zshOption(flag, option)),
      "'--config=[settings from a file]:FILE:_files'",
      "'(-h --help)'{-h,--help}'[show help]'",
      ...Object.values(command.args).map(({ title, hint }, i) =>
        single(`${i + 1}:${zshText(title)}:${zshAction(hint)}`),
      ),
    ];
    const call = ["_arguments -s", ...specs].join(" \\\n        ");
    return `    ${single(command.name)})\n      ${call}\n      ;;`;
  });
  return `#compdef wallaroo
# zsh completion for wallaroo: wallaroo completions zsh > "\${fpath[1]}/_wallaroo"
_wallaroo() {
  local -a commands
  commands=(
${names.join("\n")}
  )
  if (( CURRENT == 2 )); then
    _describe 'command' commands
    return
  fi
  local command=$words[2]
  if (( \${commands[(I)$words[2] $words[3]:*]} )); then
    command="$words[2] $words[3]"
    shift words
    (( CURRENT-- ))
  fi
  shift words
  (( CURRENT-- ))
  case $command in
${cases.join("\n")}
  esac
}
if [ "$funcstack[1]" = "_wallaroo" ]; then _wallaroo "$@"; else compdef _wallaroo wallaroo; fi
`;
}

function zshOption(flag: string, { title, help, hint, isList }: Option<unknown>): string {
  const many = isList ? "*" : "";
  const value = title === undefined ? "" : `:${zshText(title)}:${zshAction(hint)}`;
  return single(`${many}${flag}${title === undefined ? "" : "="}[${zshText(help)}]${value}`);
}

function zshAction(hint: Hint): string {
  if (hint === "file") return "_files";
  if (hint === "folder") return "_files -/";
  return hint === "none" ? " " : `(${hint.join(" ")})`;
}

/** Brackets and colons divide a specification. */
function zshText(text: string): string {
  return text.replace(/[[\]:\\]/g, "\\$&");
}

function fish(commands: readonly Command[]): string {
  const lines = ["# fish completion for wallaroo: wallaroo completions fish | source"];
  const none = `not ${seen(firstWords(commands).join(" "))}`;
  lines.push("complete -c wallaroo -f");
  for (const command of commands) {
    const [first, ...rest] = command.name.split(" ");
    const at = rest.length === 0 ? none : `${seen(first!)}; and not ${seen(rest.join(" "))}`;
    const typed = rest.length === 0 ? first! : rest.join(" ");
    lines.push(
      `complete -c wallaroo -n ${single(at)} -a ${single(typed)} -d ${single(command.summary)}`,
    );
    const within = command.name.split(" ").map(seen).join("; and ");
    for (const { flag, option } of optionsOf(command)) {
      const short = option.short === undefined ? "" : ` -s ${option.short}`;
      const value = option.title === undefined ? "" : ` ${fishValue(option.hint)}`;
      lines.push(
        `complete -c wallaroo -n ${single(within)} -l ${flag.slice(2)}${short}${value} ` +
          `-d ${single(option.help)}`,
      );
    }
    if (argumentHint(command) === "file") {
      lines.push(`complete -c wallaroo -n ${single(within)} -F`);
    }
    const words = argumentHint(command);
    if (typeof words !== "string") {
      lines.push(`complete -c wallaroo -n ${single(within)} -a ${single(words.join(" "))}`);
    }
  }
  lines.push("complete -c wallaroo -l help -s h -d 'show help'");
  lines.push("complete -c wallaroo -l config -r -F -d 'settings from a file'");
  return `${lines.join("\n")}\n`;
}

function seen(words: string): string {
  return `__fish_seen_subcommand_from ${words}`;
}

function fishValue(hint: Hint): string {
  if (hint === "file" || hint === "folder") return "-r -F";
  return hint === "none" ? "-x" : `-x -a ${single(hint.join(" "))}`;
}

/** In single quotes, as all three shells read them; fish too, since no text has a backslash. */
function single(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
