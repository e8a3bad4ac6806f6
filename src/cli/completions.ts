/** `wallaroo completions`: scripts that let a shell complete commands and options. */
import { argument, type Command, command } from "./command.ts";
import { completionScript, SHELLS } from "./shells.ts";
import { oneOf } from "./values.ts";

/** `all`: gives the commands when it is asked, since this one is among them. */
export function completionsOf(all: () => readonly Command[]): Command {
  return command({
    name: "completions",
    summary: "print a script that lets a shell complete commands and options",
    args: { shell: argument("SHELL", SHELLS.join(", "), oneOf(SHELLS), { hint: SHELLS }) },
    options: {},
    examples: [
      ["source <(wallaroo completions bash)", "bash: in ~/.bashrc"],
      ['wallaroo completions zsh > "${fpath[1]}/_wallaroo"', "zsh: once"],
      ["wallaroo completions fish > ~/.config/fish/completions/wallaroo.fish", "fish: once"],
    ],
    async run({ args, io }) {
      await io.stdout.write(completionScript(args.shell, all()));
      return 0;
    },
  });
}
