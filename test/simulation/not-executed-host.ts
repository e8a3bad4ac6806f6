/** Modules of a process and of its stores that the swarm never executes, each with the reason. */

const all = (folder: string, reason: string, names: string): Readonly<Record<string, string>> =>
  Object.fromEntries(names.split(/\s+/).map((name) => [`src/${folder}/${name}.ts`, reason]));

const host = (reason: string, names: string) => all("host", reason, names);
const storage = (reason: string, names: string) => all("storage", reason, names);

export const HOST_NOT_EXECUTED: Readonly<Record<string, string>> = {
  ...host(
    "files of apps, found, bundled, tried in a child and imported: apps of the swarm are values",
    `app-console app-exit bundle-app bundle-cache bundle-child bundle-problem
    cluster-apps deploy-app error-place find-app fresh-app load-app try-app try-child
    virtual-modules`,
  ),
  ...host(
    "child processes, signals and threads: none is simulated, the network of their host is",
    `child-log die-with-parent node-ending own-worker self shutdown
    supervised supervisor system-children thread-pulse`,
  ),
  ...host(
    "a process around the same coordinator or worker: ports opened, options read",
    `coordinator-node local-cluster node run-folder worker-folder worker-node folder-lock host-id
    what-is-inside`,
  ),
  ...host(
    "certificates, tokens and who may ask: property and unit tests, and the binary over TLS",
    `ca-folder certificates insecure-warning node-http reach secure-network tls-files token-file
    unread-token`,
  ),
  ...host(
    "ports of the real system: their adapters are what simulated ones take the place of",
    "system-clock system-random system-remote system-stdio",
  ),
  ...host(
    "lines of a log on their way to a real descriptor: logs of the swarm are kept in memory",
    "json-logger level-control line-writer log-fields log-line open-log",
  ),
  ...host(
    "tools of people: a type checker, a watcher of files, new apps, chance pinned for simulate",
    `bun-tool kit kit-file pinned-chance project-files reloader type-check watch-files`,
  ),
  ...host(
    "stores looked at and savepoints moved from outside of a cluster: tested on the binary",
    `check-against dump-step export-savepoint import-savepoint read-ledger read-store
    savepoint-file savepoint-head store-parts zip-reader`,
  ),
  ...host("which store a URL names: the swarm gives its own", "open-store remote-store s3-place"),
  ...host("no lease: see stories/two-coordinators.test.ts", "read-anew"),
};

export const STORAGE_NOT_EXECUTED: Readonly<Record<string, string>> = {
  ...storage(
    "S3, PostgreSQL and etcd: contract tests over fakes with faults, and over real servers",
    `cell-meta-log cell-store etcd-cells patience piece-buffer probe-cells s3-blobs s3-calls
    s3-cells s3-list sql-blobs sql-calls sql-cells sql-tables`,
  ),
  ...storage(
    "logs of sockets' input: a property test on a SimDisk that loses power",
    `accepted-loss file-record-log log-folder log-reader log-segment log-spares segment-tail
    store-record-log`,
  ),
  ...storage("no lease: see stories/two-coordinators.test.ts", "log-lease"),
  ...storage("the real disk, where a SimDisk takes its place", "system-disk"),
};
