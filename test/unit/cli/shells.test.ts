import { expect, test } from "bun:test";
import { argument, command, flag, option } from "../../../src/cli/command.ts";
import { completionScript } from "../../../src/cli/shells.ts";
import { text } from "../../../src/cli/values.ts";

const run = async (): Promise<number> => 0;
const commands = [
  command({
    name: "send",
    summary: "send it's data: [now]",
    args: { file: argument("FILE", "a file", text, { hint: "file" }) },
    options: {
      frame: option("F", "frames", text, "u8", { hint: ["u8", "u16"], short: "f" }),
      json: flag("as JSON"),
    },
    examples: [],
    run,
  }),
  command({ name: "store verify", summary: "v", args: {}, options: {}, examples: [], run }),
];

/** What bash offers for the last of the words. */
function offered(...words: string[]): string[] {
  const call = `${completionScript("bash", commands)}
COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _wallaroo; printf '%s\\n' "\${COMPREPLY[@]}"`;
  const { stdout, stderr, exitCode } = Bun.spawnSync(["bash", "-c", call, "bash", ...words]);
  expect([exitCode, stderr.toString()]).toEqual([0, ""]);
  return stdout.toString().split("\n").filter(Boolean);
}

test("bash takes the script", () => {
  const script = Buffer.from(completionScript("bash", commands));
  const { exitCode, stderr } = Bun.spawnSync(["bash", "-n"], { stdin: script });
  expect([exitCode, stderr.toString()]).toEqual([0, ""]);
});

test("bash offers commands, options, values and files", () => {
  expect(offered("wallaroo", "")).toEqual(["send", "store", "help", "--help", "--version"]);
  expect(offered("wallaroo", "se")).toEqual(["send"]);
  expect(offered("wallaroo", "send", "--")).toEqual(["--frame", "--json", "--help", "--config"]);
  expect(offered("wallaroo", "send", "--frame", "u1")).toEqual(["u16"]);
  expect(offered("wallaroo", "store", "verify", "--h")).toEqual(["--help"]);
  const folder = import.meta.dir;
  expect(offered("wallaroo", "send", `${folder}/shell`)).toEqual([`${folder}/shells.test.ts`]);
});

test("zsh and fish get every command, option and value, quoted", () => {
  const zsh = completionScript("zsh", commands);
  expect(zsh).toStartWith("#compdef wallaroo\n");
  expect(zsh).toContain("'send:send it'\\''s data: [now]'");
  expect(zsh).toContain("'--frame=[frames]:F:(u8 u16)'");
  expect(zsh).toContain("'1:FILE:_files'");
  const fish = completionScript("fish", commands);
  expect(fish).toContain("-a 'send' -d 'send it'\\''s data: [now]'");
  expect(fish).toContain("-l frame -s f -x -a 'u8 u16' -d 'frames'");
  expect(fish).toContain(
    "'__fish_seen_subcommand_from store; and not __fish_seen_subcommand_from verify' -a 'verify'",
  );
});
