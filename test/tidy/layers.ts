/** Who may import whom. Only downward; a new entry has its reason in `docs/decisions/`. */

const RUNTIME = ["base", "ports", "model", "codec", "transport", "storage", "metrics"] as const;
const ENGINE = ["io", "state", "exchange", "checkpoint", "control", "planner"] as const;
const EDGES = ["window", "connectors", "observe", "operators"] as const;
const ROLES = ["api", "worker", "coordinator", "client"] as const;
const BELOW_HOST = [...RUNTIME, ...ENGINE, ...EDGES, ...ROLES];

export const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  base: [],
  ports: ["base"],
  model: ["base", "ports"],
  codec: ["base", "ports", "model"],
  transport: ["base", "ports", "model"],
  storage: ["base", "ports", "model"],
  metrics: ["base", "ports", "model"],
  io: ["base", "ports", "model", "codec", "metrics"],
  state: ["base", "ports", "model", "codec"],
  exchange: ["base", "ports", "model", "codec", "transport", "metrics"],
  checkpoint: ["base", "ports", "model", "codec", "storage"],
  control: ["base", "ports", "model", "codec"],
  planner: ["base", "model"],
  window: ["base", "ports", "model", "state"],
  connectors: ["base", "ports", "model", "codec", "transport"],
  observe: ["base", "ports", "model", "metrics"],
  operators: ["base", "ports", "model", "state", "window"],
  api: ["base", "model", "codec", "window", "connectors"],
  client: ["base", "ports", "model"],
  worker: [...RUNTIME, "io", "state", "exchange", "checkpoint", "control", "operators"],
  coordinator: [...RUNTIME, "checkpoint", "control", "planner"],
  host: BELOW_HOST,
  testing: [...BELOW_HOST, "host"],
  cli: ["base", "ports", "model", "codec", "transport", "connectors", "planner", "client"].concat(
    "host",
    "testing",
  ),
  /** Files of src itself: the entry of the binary. */
  "": ["cli", "host"],
};

/** Files that need no importer: the doors, the entry of the binary, and types of globals. */
export const ENTRIES: readonly string[] = [
  // For the simulator's worlds, which are to use it.
  "src/testing/faulty-store.ts",
  "src/main.ts",
  "src/api/mod.ts",
  "src/testing/mod.ts",
  "src/client/mod.ts",
  "src/base/buffer.ts",
];

/** Folders of levels 3 to 7, each of which explains itself in a README.md. */
export const FOLDERS_WITH_README: readonly string[] = [...ENGINE, ...EDGES, ...ROLES, "host"];

/** The folder of a file of src: `src/base/ring.ts` to `base`, `src/main.ts` to the empty name. */
export function folderOf(file: string): string {
  const parts = file.split("/");
  return parts.length < 3 ? "" : parts[1]!;
}
