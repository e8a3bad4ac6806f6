/** Every command there is, in the order of `wallaroo --help`. Add yours here. */
import type { Command } from "./command.ts";
import { completionsOf } from "./completions.ts";
import { explain } from "./explain.ts";
import { receive } from "./receive.ts";
import { run } from "./run.ts";
import { send } from "./send.ts";
import { version } from "./version.ts";

export const commands: readonly Command[] = [
  run,
  explain,
  send,
  receive,
  version,
  completionsOf(() => commands),
];
