/** Takes real time and chance away while a simulation runs, and tells who asked for them. */

type Holder = Record<string, unknown>;

const TAKEN: readonly (readonly [object, string])[] = [
  [Date, "now"],
  [Math, "random"],
  [performance, "now"],
  [globalThis, "setTimeout"],
  [globalThis, "setInterval"],
  [globalThis, "setImmediate"],
  [globalThis, "fetch"],
  [crypto, "getRandomValues"],
  [crypto, "randomUUID"],
  [Bun, "nanoseconds"],
  [Bun, "sleep"],
];

/** Runs `fn`, which waits for nothing real. @throws when it asked for real time or chance */
export function withoutReality<T>(fn: () => T): T {
  const asked: string[] = [];
  const before = TAKEN.map(([holder, name]) => (holder as Holder)[name]);
  TAKEN.forEach(([holder, name]) => {
    (holder as Holder)[name] = () => {
      asked.push(`${name} ${new Error().stack?.split("\n").slice(2).join(" ") ?? ""}`);
      throw new Error(`${name} is not there in a simulation`);
    };
  });
  const { stackTraceLimit } = Error;
  // Graphs look for the place of each step in the app's file: much of their cost, not asked here.
  Error.stackTraceLimit = 3;
  let result: T;
  try {
    result = fn();
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
    TAKEN.forEach(([holder, name], i) => void ((holder as Holder)[name] = before[i]));
  }
  // Who asked may have caught what was thrown.
  if (asked.length > 0) throw new Error(`a simulation asked for reality: ${asked[0]}`);
  return result;
}
