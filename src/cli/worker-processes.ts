/** `worker --processes N`: N workers in processes of their own, kept alive. */
import { resolve } from "node:path";
import { childLine } from "../host/child-log.ts";
import { Supervisor } from "../host/supervisor.ts";
import { systemChildren } from "../host/system-children.ts";
import { systemClock } from "../host/system-clock.ts";
import type { LogLevel } from "../ports/logger.ts";
import type { Address } from "../ports/network.ts";
import { type Io, usageError } from "./command.ts";
import { levelArgs } from "./run-workers.ts";
import { serve } from "./serve.ts";
import { tlsFiles } from "./tls-options.ts";
import { addressText, levelsOf } from "./values.ts";

/** What `worker` was given. */
export interface WorkerOptions {
  readonly join: readonly Address[];
  readonly name: string | undefined;
  readonly listen: Address;
  readonly advertise: Address | undefined;
  readonly data: string;
  readonly tokenFile: string | undefined;
  readonly tlsCert: string | undefined;
  readonly tlsKey: string | undefined;
  readonly tlsCa: string | undefined;
  readonly insecure: boolean;
  readonly logLevel: readonly (readonly [string | undefined, LogLevel])[];
  readonly processes: number;
  readonly json: boolean;
  readonly quiet: boolean;
}

/** Runs until all have ended; returns the exit status. */
export async function serveWorkers(options: WorkerOptions, io: Io): Promise<number> {
  const { name, processes, listen, advertise, join } = options;
  if (name === undefined) {
    throw usageError("--processes wants --name NAME: the workers are NAME-1, NAME-2 and so on");
  }
  if (listen.port !== 0 || advertise !== undefined) {
    throw usageError("--processes wants a port for each worker: --listen HOST:0, no --advertise");
  }
  const tls = tlsFiles(options, io.cwd);
  if (tls !== undefined && !(tls.cert.includes("{name}") && tls.key.includes("{name}"))) {
    throw usageError(
      "--processes wants a certificate for each worker: --tls-cert 'DIR/{name}.pem' --tls-key " +
        "'DIR/{name}.key', in which {name} becomes NAME-1, NAME-2 and so on",
    );
  }
  const names = Array.from({ length: processes }, (_, i) => `${name}-${i + 1}`);
  const { isTerminal: isPretty, hasColor } = io.stderr;
  const clock = systemClock();
  const style = { names, isPretty, hasColor, now: () => clock.now() };
  return await serve(io, levelsOf(options.logLevel), async (log, pass) => {
    const supervisor = new Supervisor({
      names,
      argsOf: (one) => argsOf(one, options, io.cwd),
      children: systemChildren(),
      clock,
      log,
      onLine: (one, text) => pass(childLine(one, text, style)),
    });
    supervisor.start();
    const where = join.map(addressText).join(", ");
    const text = options.json
      ? JSON.stringify({ type: "started", names, join })
      : `workers ${names[0]} to ${names.at(-1)}, each a process, join ${where}`;
    if (!options.quiet) await io.stdout.write(`${text}\n`);
    return {
      stop: () => supervisor.stop(),
      done: supervisor.done,
    };
  });
}

/** All is said: nothing comes from elsewhere. */
function argsOf(name: string, options: WorkerOptions, cwd: string): readonly string[] {
  const { join, listen, tokenFile, insecure, logLevel } = options;
  const words = ["worker", "--join", join.map(addressText).join(","), "--name", name];
  words.push("--listen", addressText(listen), "--data", resolve(cwd, options.data));
  if (tokenFile !== undefined) words.push("--token-file", resolve(cwd, tokenFile));
  const tls = tlsFiles(options, cwd);
  if (tls !== undefined) {
    words.push("--tls-cert", tls.cert, "--tls-key", tls.key, "--tls-ca", tls.ca);
  }
  if (insecure) words.push("--insecure");
  return [...words, "--processes", "1", "--quiet", ...levelArgs(logLevel)];
}
