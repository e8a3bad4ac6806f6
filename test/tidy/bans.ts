/** What code may not name, what to use instead, and the few files that are made to name it. */
import { importsOf, lineAt, type Scanned } from "./scan.ts";

export interface Ban {
  /** How an allowance names it. */
  readonly name: string;
  readonly pattern: RegExp;
  /** Looked for in comments instead of code. */
  readonly inComments?: boolean;
  readonly instead: string;
}

/** Banned in src: what is not the same on every run, and what reaches the world past the ports. */
export const WORLD_BANS: readonly Ban[] = [
  { name: "Date", pattern: /\bDate\.now\b/g, instead: "ports/clock: clock.now()" },
  {
    name: "Date",
    pattern: /\bnew Date\b(?!\s*\(\s*[^\s)])|(?<!\bnew )(?<![.\w])Date\s*\(/g,
    instead: "ports/clock: new Date(clock.now())",
  },
  {
    name: "performance",
    pattern: /(?<![.\w])performance\b(?=\s*[.[])/g,
    instead: "ports/clock: clock.monotonic()",
  },
  {
    name: "random",
    pattern: /\bMath\.random\b/g,
    instead: "base/prng with a seed, or ports/random",
  },
  {
    name: "timers",
    pattern: /(?<![.\w])(?:set|clear)(?:Timeout|Interval|Immediate)\b|\bqueueMicrotask\b/g,
    instead: "ports/clock: clock.after() or clock.soon()",
  },
  { name: "console", pattern: /(?<![.\w])console\b(?=\s*[.[])/g, instead: "ports/logger" },
  {
    name: "process",
    pattern: /(?<![.\w])process\b(?=\s*[.[])/g,
    instead: "a setting handed down from host, or a port",
  },
  { name: "Bun", pattern: /(?<![.\w])Bun\b(?=\s*[.[])/g, instead: "a port of src/ports" },
  {
    name: "crypto",
    // The global one: what the port of this name has is called otherwise.
    pattern: /(?<![.\w])crypto\b(?=\s*\.\s*(?:subtle|getRandomValues|randomUUID)\b|\s*\[)/g,
    instead: "ports/random for numbers, ports/crypto for hashes and secrets",
  },
  { name: "fetch", pattern: /(?<![.\w])fetch\s*\(/g, instead: "ports/network" },
  {
    name: "globalThis",
    pattern: /(?<![.\w])globalThis\b/g,
    instead: "the port or the import that is meant",
  },
];

/** Banned everywhere: what hides a mistake from the compiler, and what was not finished. */
export const EVERYWHERE_BANS: readonly Ban[] = [
  {
    name: "any",
    pattern: /(?::|\bas|[<,|&]|=>)\s*any\b(?!\s*[(:.])/g,
    instead: "unknown, and a check that narrows it",
  },
  { name: "enum", pattern: /\benum\s+\w+\s*\{/g, instead: "a union of strings, or `as const`" },
  { name: ".only", pattern: /\b(?:test|it|describe)\.only\b/g, instead: "bun test -t NAME" },
  {
    name: "@ts-ignore",
    pattern: /@ts-(?:ignore|nocheck)\b/g,
    inComments: true,
    instead: "a type that is true; @ts-expect-error in test/types",
  },
  { name: "FIXME", pattern: /\bFIXME\b/g, inComments: true, instead: "a repair, or TODO(#issue)" },
  {
    name: "TODO",
    pattern: /\bTODO\b(?!\s*\(?#\d+)/g,
    inComments: true,
    instead: "TODO(#issue)",
  },
];

/** Banned in unit and property tests, which would flake by it. */
export const TEST_BANS: readonly Ban[] = [
  ...WORLD_BANS.filter((ban) => ["Date", "random", "performance"].includes(ban.name)),
  {
    name: "timers",
    pattern: /(?<![.\w])set(?:Timeout|Interval)\b/g,
    instead: "a clock that the test moves; setImmediate to let others run",
  },
  { name: "sleep", pattern: /\bBun\.sleep(?:Sync)?\b/g, instead: "a clock that the test moves" },
];

/** The part of a path that is no more than a function of texts: no disk is touched. */
export const PURE_MODULES: readonly string[] = ["node:path"];

export interface Allowance {
  /** Names of bans, and modules `node:...` or `bun:...`. */
  readonly uses: readonly string[];
  readonly why: string;
}

/** One line for each use of what is banned and not allowed to the file. */
export function findBanned(
  file: string,
  scanned: Scanned,
  bans: readonly Ban[],
  allowance?: Allowance,
): string[] {
  const found: string[] = [];
  for (const ban of bans) {
    if (allowance?.uses.includes(ban.name)) continue;
    for (const match of (ban.inComments ? scanned.comments : scanned.code).matchAll(ban.pattern)) {
      const line = lineAt(scanned.source, match.index);
      found.push(`${file}:${line}: ${match[0].trim()} is banned, use ${ban.instead}`);
    }
  }
  return found;
}

/** Modules of the platform, `node:fs` or `bun`, that are neither pure nor allowed to the file. */
export function findPlatformImports(
  file: string,
  scanned: Scanned,
  allowance?: Allowance,
): string[] {
  return importsOf(scanned)
    .filter(({ specifier }) => isPlatform(specifier))
    .filter(({ specifier }) => !PURE_MODULES.includes(specifier))
    .filter(({ specifier }) => !allowance?.uses.includes(specifier))
    .map(
      ({ specifier, line }) =>
        `${file}:${line}: import of ${specifier} is banned, use a port of src/ports`,
    );
}

export function isPlatform(specifier: string): boolean {
  return specifier.startsWith("node:") || specifier === "bun" || specifier.startsWith("bun:");
}

/** What a file is allowed and does not use: such an allowance only waits to be misused. */
export function findUnusedAllowances(file: string, scanned: Scanned, allowance: Allowance) {
  const modules = importsOf(scanned).map(({ specifier }) => specifier);
  return allowance.uses
    .filter((use) => {
      const bans = WORLD_BANS.filter((ban) => ban.name === use);
      return !modules.includes(use) && !bans.some((ban) => scanned.code.search(ban.pattern) !== -1);
    })
    .map((use) => `${file}: is allowed ${use} and does not use it; remove that from ADAPTERS`);
}
