/** Every command there is, in the order of `wallaroo --help`. Add yours here. */
import type { Command } from "./command.ts";
import { version } from "./version.ts";

export const commands: readonly Command[] = [version];
