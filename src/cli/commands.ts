/** Every command there is, in the order of `wallaroo --help`. Add yours here. */
import { caInit, caIssue } from "./ca.ts";
import { check } from "./check.ts";
import { checkpointDump, checkpointList, checkpointVerify } from "./checkpoint.ts";
import { checkpoints, restore, savepoint } from "./checkpoints.ts";
import { jobs, sources, status, workers } from "./cluster-status.ts";
import type { Command } from "./command.ts";
import { completionsOf } from "./completions.ts";
import { coordinator } from "./coordinator.ts";
import { deploy, stop } from "./deploy.ts";
import { explain } from "./explain.ts";
import { newApp } from "./new.ts";
import { receive } from "./receive.ts";
import { run } from "./run.ts";
import { send } from "./send.ts";
import { simulate } from "./simulate.ts";
import { test } from "./test.ts";
import { types } from "./types.ts";
import { version } from "./version.ts";
import { worker } from "./worker.ts";

export const commands: readonly Command[] = [
  run,
  explain,
  newApp,
  check,
  test,
  simulate,
  types,
  coordinator,
  worker,
  deploy,
  stop,
  status,
  jobs,
  workers,
  sources,
  checkpoints,
  savepoint,
  restore,
  checkpointList,
  checkpointVerify,
  checkpointDump,
  caInit,
  caIssue,
  send,
  receive,
  version,
  completionsOf(() => commands),
];
