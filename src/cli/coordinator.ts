/** `wallaroo coordinator`: the control plane of a cluster. */
import { resolve } from "node:path";
import { LOG_LEVELS } from "../ports/logger.ts";
import type { Address } from "../ports/network.ts";
import { command, flag, list, option, type Parse } from "./command.ts";
import { DATA_FOLDER, DEFAULT_HTTP, DEFAULT_LISTEN } from "./cluster-defaults.ts";
import { TLS_OPTIONS, tlsFiles } from "./tls-options.ts";
import { address, addressText, duration, levelsOf, logLevel, word } from "./values.ts";
import { versionText } from "./version.ts";

const httpAddress: Parse<Address | "off"> = (value) => (value === "off" ? value : address(value));

/** In ms; 0: never. */
const readAgain: Parse<number> = (value) => (value === "never" ? 0 : duration(value));

export const coordinator = command({
  name: "coordinator",
  summary: "run the coordinator of a cluster",
  about:
    "Keeps jobs and workers: workers join it, `wallaroo deploy` gives it jobs. No record passes " +
    "through it. Jobs are kept in DIR and taken up again when it starts anew; the token that " +
    "workers and commands prove is DIR/token.",
  args: {},
  options: {
    listen: option("HOST:PORT", "where workers join", address, DEFAULT_LISTEN),
    http: option("HOST:PORT", "where commands ask, or off", httpAddress, DEFAULT_HTTP),
    apps: option("DIR", "where apps are looked for by name", word, "apps", { hint: "folder" }),
    data: option("DIR", "where jobs are kept", word, DATA_FOLDER, { hint: "folder" }),
    store: option("URL", "where checkpoints are kept (file:// and DIR/store)", word),
    tokenFile: option("FILE", "the secret of the cluster (DIR/token)", word, undefined, {
      hint: "file",
    }),
    verify: option("TIME", "how often checkpoints are read back; or never (1h)", readAgain),
    ...TLS_OPTIONS,
    insecure: flag("allow addresses that other machines can reach, without encryption"),
    metrics: flag("do not count the records of each step", {}, true),
    logLevel: list("LEVEL", `${LOG_LEVELS.join(", ")} (info)`, logLevel, { hint: LOG_LEVELS }),
    json: flag("print JSON lines"),
  },
  examples: [
    ["wallaroo coordinator", "on this machine alone"],
    [
      "wallaroo coordinator --listen 10.0.0.5:7400 --http 10.0.0.5:7401 " +
        "--tls-cert ca/coordinator.pem --tls-key ca/coordinator.key --tls-ca ca/ca.pem",
      "for other machines",
    ],
    ["wallaroo coordinator --apps ./apps --data /var/lib/wallaroo", "with folders"],
  ],
  async run({ options, io }) {
    const [{ serve }, { startCoordinator }] = await Promise.all([
      import("./serve.ts"),
      import("../host/coordinator-node.ts"),
    ]);
    const { listen, http, tokenFile, store, metrics, json } = options;
    return await serve(io, levelsOf(options.logLevel), async (log) => {
      const node = await startCoordinator({
        listen,
        http,
        apps: resolve(io.cwd, options.apps),
        data: resolve(io.cwd, options.data),
        store,
        tokenFile: tokenFile === undefined ? undefined : resolve(io.cwd, tokenFile),
        tls: tlsFiles(options, io.cwd),
        isInsecure: options.insecure,
        metrics,
        verifyMs: options.verify,
        version: versionText(),
        log,
      });
      const { cluster, leaderEpoch, jobs } = node;
      const scheme = options.tlsCert === undefined ? "http" : "https";
      const { url } = node.store;
      const places = { listen: node.listen, http: node.http ?? null, store: url };
      const told = { cluster, leaderEpoch, jobs, ...places };
      const lines = [
        `cluster ${cluster.slice(0, 8)}, leader epoch ${leaderEpoch}`,
        `workers join at ${addressText(node.listen)}`,
        `http    ${node.http === undefined ? "off" : `${scheme}://${addressText(node.http)}`}`,
        `token   ${node.tokenFile}`,
        `store   ${node.store.url} (${node.store.durability})`,
        `jobs    ${jobs.length === 0 ? "none" : jobs.join(", ")}`,
      ];
      const text = json ? JSON.stringify({ type: "started", ...told }) : lines.join("\n");
      await io.stdout.write(`${text}\n`);
      return { stop: () => node.close(), done: node.done };
    });
  },
});
