/** The files of src that touch the world, by name: everything else is given ports. */
import type { Allowance } from "./bans.ts";

export const ADAPTERS: Readonly<Record<string, Allowance>> = {
  "src/host/system-clock.ts": {
    uses: ["performance", "timers"],
    why: "is the Clock",
  },
  "src/host/system-crypto.ts": {
    uses: ["node:crypto", "node:zlib"],
    why: "is the Crypto",
  },
  "src/host/zstd.ts": { uses: ["Bun"], why: "is the Compressor" },
  "src/host/open-store.ts": { uses: ["node:url"], why: "reads URLs of folders" },
  "src/host/system-random.ts": { uses: ["crypto"], why: "is the Random" },
  "src/host/system-stdio.ts": { uses: ["process"], why: "is the Stdio" },
  "src/host/app-console.ts": {
    uses: ["globalThis", "node:console", "process"],
    why: "what apps print goes to standard error",
  },
  "src/host/json-logger.ts": { uses: ["Bun"], why: "writes to standard error" },
  "src/host/self.ts": { uses: ["Bun", "process", "node:fs"], why: "starts this executable again" },
  "src/host/fresh-app.ts": {
    uses: ["Bun", "globalThis"],
    why: "evaluates the modules of an app anew",
  },
  "src/host/pinned-chance.ts": {
    uses: ["node:crypto", "globalThis"],
    why: "takes time and chance away from apps that are simulated",
  },
  "src/cli/read-file.ts": { uses: ["Bun"], why: "reads a file that a command is given" },
  "src/host/virtual-modules.ts": { uses: ["Bun"], why: "gives apps the API that is in here" },
  "src/host/node-http.ts": {
    uses: ["node:crypto", "node:fs"],
    why: "reads the token and hashes it, so that comparing tells nothing",
  },
  "src/host/token-file.ts": {
    uses: ["process", "node:crypto", "node:fs"],
    why: "keeps the secret of a cluster where its owner alone can read it",
  },
  "src/host/certificates.ts": {
    uses: ["node:crypto", "node:net"],
    why: "makes keys and signs certificates",
  },
  "src/host/ca-folder.ts": {
    uses: ["node:crypto", "node:fs", "node:net"],
    why: "keeps an authority where its owner alone can read it",
  },
  "src/host/tls-files.ts": {
    uses: ["node:crypto", "node:fs"],
    why: "reads certificates and keys, and checks that they fit",
  },
  "src/host/folder-lock.ts": {
    uses: ["bun:sqlite", "node:fs"],
    why: "a lock that goes with the process",
  },
  "src/host/deploy-app.ts": { uses: ["node:fs/promises"], why: "reads the bundle of an app" },
  "src/host/cluster-apps.ts": {
    uses: ["Bun", "process", "Date", "node:fs/promises"],
    why: "keeps and imports the bundles that a coordinator shipped",
  },
  "src/host/worker-folder.ts": {
    uses: ["node:fs", "node:os"],
    why: "finds the folder, and with it the name, of a worker",
  },
  "src/host/worker-node.ts": {
    uses: ["process", "node:fs"],
    why: "removes its socket, and tells how much memory the process has",
  },
  "src/host/host-id.ts": { uses: ["node:fs", "node:os"], why: "tells hosts apart" },
  "src/host/app-exit.ts": { uses: ["process"], why: "the end of the process" },
  "src/host/shutdown.ts": { uses: ["process"], why: "signals" },
  "src/host/find-app.ts": { uses: ["node:fs"], why: "finds the file of an app" },
  "src/host/load-app.ts": {
    uses: ["Bun", "node:fs/promises", "performance", "process"],
    why: "imports an app before there are ports",
  },
  "src/host/try-child.ts": {
    uses: ["Bun", "node:fs", "process", "timers"],
    why: "has a child try an app, under a deadline",
  },
  "src/host/reloader.ts": { uses: ["performance"], why: "tells how long a reload took" },
  "src/host/watch-files.ts": {
    uses: ["node:fs", "performance", "timers"],
    why: "sees an app's files change",
  },
  "src/host/try-app.ts": { uses: ["node:fs"], why: "reads the app that did not load" },
  "src/host/error-place.ts": { uses: ["node:fs"], why: "shows the line of a user's file" },
  "src/host/bundle-app.ts": {
    uses: ["Bun", "Date", "process", "node:crypto", "node:fs", "node:fs/promises", "node:url"],
    why: "bundles an app into a file named by its hash",
  },
  "src/host/bundle-cache.ts": {
    uses: ["Date", "process", "node:fs/promises", "node:os"],
    why: "keeps bundles between runs, and drops old ones",
  },
  "src/host/die-with-parent.ts": {
    uses: ["process", "bun:ffi"],
    why: "asks the kernel to end a child with its parent",
  },
  "src/host/supervised.ts": { uses: ["process"], why: "hears its parent, and no signals" },
  "src/host/system-children.ts": {
    uses: ["Bun", "process"],
    why: "is the ChildProcesses",
  },
  "src/host/pulse-thread.ts": {
    uses: ["process", "Date", "node:fs"],
    why: "is a thread, and ends the process whose loop is stuck",
  },
  "src/host/thread-pulse.ts": { uses: ["Bun"], why: "starts that thread" },
  "src/host/run-folder.ts": {
    uses: ["process", "node:fs", "node:os"],
    why: "the folder of one run, removed at its end",
  },
  "src/host/bundle-child.ts": {
    uses: ["Bun", "process", "performance", "node:fs"],
    why: "tries an app in a process of its own",
  },
  "src/host/kit.ts": {
    uses: ["Bun", "process", "node:crypto", "node:fs", "node:fs/promises"],
    why: "unpacks what the executable carries for authors of apps",
  },
  "src/host/bun-tool.ts": {
    uses: ["Bun", "process"],
    why: "runs the type checker and the test runner of the runtime",
  },
  "src/host/type-check.ts": { uses: ["Bun", "node:fs"], why: "reads and writes tsconfig.json" },
  "src/host/project-files.ts": { uses: ["node:fs/promises"], why: "writes a new app" },
  "src/main.ts": { uses: ["process"], why: "the entry: arguments, and a message before all else" },
  "src/storage/system-disk.ts": { uses: ["node:fs", "node:fs/promises"], why: "is the Disk" },
  "src/testing/microtasks.ts": { uses: ["bun:jsc"], why: "lets promises go on in a simulation" },
  "src/transport/tcp.ts": { uses: ["Bun"], why: "is the Network" },
  "src/transport/tcp-connection.ts": { uses: ["bun", "timers"], why: "is its Connection" },
  "src/transport/tls-guard.ts": { uses: ["timers"], why: "bounds handshakes of the Network" },
  "src/transport/http-client.ts": { uses: ["fetch"], why: "is the HttpClient" },
  "src/transport/postgres.ts": { uses: ["bun"], why: "is the Sql" },
  "src/host/system-remote.ts": { uses: ["process"], why: "reads what S3 and PostgreSQL ask for" },
  "src/transport/http-server.ts": { uses: ["Bun"], why: "is the HttpServer" },
  "src/cli/await-consumed.ts": { uses: ["fetch"], why: "asks /v1 of a job what it consumed" },
  "src/cli/cluster-client.ts": {
    uses: ["fetch", "node:fs/promises"],
    why: "asks a coordinator, with the token of its folder",
  },
  "src/cli/checksum.ts": { uses: ["node:zlib"], why: "CRC-32 of what was sent and received" },
  "src/cli/precise-time.ts": { uses: ["performance"], why: "stamps records to pair latencies" },
  "src/cli/process-io.ts": { uses: ["process"], why: "arguments, streams, exit code, signals" },
  "src/cli/record-output.ts": {
    uses: ["node:buffer", "node:fs/promises"],
    why: "writes what was received to a file",
  },
  "src/cli/settings.ts": { uses: ["Bun"], why: "reads the file of --config, and TOML" },
  "src/cli/table.ts": { uses: ["Bun", "node:util"], why: "widths and colours of text" },
  "src/cli/version.ts": { uses: ["Bun", "process"], why: "says which runtime is inside" },
};
