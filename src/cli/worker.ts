/** `wallaroo worker`: one process that runs parts of jobs. */
import { resolve } from "node:path";
import { LOG_LEVELS } from "../ports/logger.ts";
import type { Address } from "../ports/network.ts";
import { command, flag, list, option, type Parse } from "./command.ts";
import { DATA_FOLDER, DEFAULT_LISTEN } from "./cluster-defaults.ts";
import { DOORS } from "./doors.ts";
import { TLS_OPTIONS, tlsFiles } from "./tls-options.ts";
import { address, addressText, count, levelsOf, logLevel, target, word } from "./values.ts";
import { versionText } from "./version.ts";

/** `A,B`. */
const targets: Parse<readonly Address[]> = (value) => value.split(",").map(target);

export const worker = command({
  name: "worker",
  summary: "run a worker of a cluster",
  about:
    "Joins the coordinator, and goes on looking for it while it is away. What it runs comes from " +
    "the coordinator: it needs no apps, only the address and the token, which it takes from " +
    "DIR/token on the coordinator's machine. With --processes N it runs N of them, each in a " +
    "process of its own that is started again when it dies.",
  args: {},
  options: {
    join: option("HOST:PORT", "the coordinator; several with commas", targets, [DEFAULT_LISTEN]),
    name: option("NAME", "its name (the one that it had, or the host's and some letters)", word),
    listen: option("HOST:PORT", "where other workers bring records", address, {
      host: "127.0.0.1",
      port: 0,
    }),
    advertise: option("HOST:PORT", "where they find it, when that is elsewhere", target),
    data: option("DIR", "where its name and apps are kept", word, DATA_FOLDER, { hint: "folder" }),
    tokenFile: option("FILE", "the secret of the cluster (DIR/token)", word, undefined, {
      hint: "file",
    }),
    ...TLS_OPTIONS,
    insecure: flag("allow an address that other machines can reach, without encryption"),
    logLevel: list("LEVEL", `${LOG_LEVELS.join(", ")} (info)`, logLevel, { hint: LOG_LEVELS }),
    processes: option("N", "run N workers, NAME-1 to NAME-N", count({ min: 1, max: 256 }), 1),
    json: flag("print JSON lines"),
    quiet: flag("print nothing but logs", { short: "q" }),
  },
  examples: [
    ["wallaroo worker", "joins a coordinator on this machine"],
    ["wallaroo worker --join 127.0.0.1:7400 --name w-1", "with a name"],
    ["wallaroo worker --name w --processes 4", "w-1 to w-4, on four cores"],
  ],
  async run({ options, io }) {
    if (options.processes > 1) {
      const { serveWorkers } = await import("./worker-processes.ts");
      return await serveWorkers(options, io);
    }
    const [{ serve }, { startWorker }, { tellReady }] = await Promise.all([
      import("./serve.ts"),
      import("../host/worker-node.ts"),
      import("../host/supervised.ts"),
    ]);
    const { join, name, listen, advertise, tokenFile, json } = options;
    const levels = levelsOf(options.logLevel);
    return await serve(io, levels, async (log) => {
      const node = await startWorker({
        join,
        name,
        listen,
        advertise,
        data: resolve(io.cwd, options.data),
        tokenFile: tokenFile === undefined ? undefined : resolve(io.cwd, tokenFile),
        tls: tlsFiles(options, io.cwd),
        isInsecure: options.insecure,
        version: versionText(),
        log,
        levels,
        modules: DOORS,
      });
      const where = join.map(addressText).join(", ");
      const text = json
        ? JSON.stringify({ type: "started", name: node.name, data: node.data, join })
        : `worker ${node.name}, data port ${addressText(node.data)}, joins ${where}`;
      if (!options.quiet) await io.stdout.write(`${text}\n`);
      tellReady();
      return { stop: () => node.stop(), done: node.done };
    });
  },
});
