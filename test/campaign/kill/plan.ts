/** What is done to a cluster: a seed gives rounds, each of which hurts it once (pure). */
import { unreachable } from "../../../src/base/assert.ts";
import { Prng } from "../../../src/base/prng.ts";

/** Not the names that others use: whoever ends a "w-1" by its name ends none of ours. */
export const WORKERS = ["killed-1", "killed-2", "killed-3"] as const;
export const COORDINATOR = "c";
export const MEMBERS: readonly Member[] = [COORDINATOR, ...WORKERS];
export type Member = typeof COORDINATOR | (typeof WORKERS)[number];

/** The line behind which a process stops, and what is behind it. */
export const GAPS = [
  { line: "checkpoint prepared", before: "report", role: "worker" },
  { line: "checkpoint reported", before: "manifest", role: "coordinator" },
  { line: "checkpoint stored", before: "COMPLETE", role: "coordinator" },
  { line: "checkpoint complete", before: "commit", role: "any" },
  { line: "checkpoint committed", before: "acknowledge", role: "worker" },
  { line: "checkpoint acknowledged", before: "the next", role: "worker" },
] as const;
const MEMBERS_OF: Readonly<Record<Gap["role"], readonly Member[]>> = {
  worker: WORKERS,
  coordinator: [COORDINATOR],
  any: MEMBERS,
};
export type Gap = (typeof GAPS)[number];

export interface Restart {
  readonly member: Member;
  /** Behind the one before. */
  readonly afterMs: number;
}

/** A kill while the cluster recovers: when so many more log lines were written. */
export interface Again {
  readonly lines: number;
  readonly member: Member;
}

export type Round =
  | {
      readonly kind: "subset";
      readonly killed: readonly Member[];
      /** Under load for so long before. */
      readonly afterMs: number;
      readonly restarts: readonly Restart[];
      /** Who was killed is away until the survivors go on. */
      readonly isAway: boolean;
      readonly again: readonly Again[];
    }
  | {
      readonly kind: "gap";
      readonly gap: Gap;
      readonly member: Member;
      /** Killed together with it. */
      readonly others: readonly Member[];
      /** It is not killed, but goes on when the others have replaced it. */
      readonly wakes: boolean;
      readonly restarts: readonly Restart[];
    }
  | {
      /** The store's server is killed while a member stands in a gap, and is away for a time. */
      readonly kind: "store";
      readonly gap: Gap;
      readonly member: Member;
      /** The member dies with it. */
      readonly isKilled: boolean;
      readonly awayMs: number;
    }
  | { readonly kind: "zombie"; readonly member: Member; readonly stoppedMs: number }
  | { readonly kind: "term"; readonly member: Member };

/** Longer than a silence may last before who is silent is taken for dead. */
const STOPPED_MS = 5_000;

/** Every non-empty subset of the members. */
export const SUBSETS: readonly (readonly Member[])[] = Array.from({ length: 15 }, (_, i) =>
  MEMBERS.filter((_, bit) => ((i + 1) & (1 << bit)) !== 0),
);

/** Each subset and each gap once, and what else may happen; in random order. */
export function planOf(seed: number): readonly Round[] {
  const prng = new Prng(seed);
  const rounds: Round[] = [
    ...SUBSETS.map((killed, i) => subsetRound(killed, prng, i % 5 === seed % 5)),
    ...GAPS.map((gap) => gapRound(gap, false, prng)),
    gapRound(GAPS[seed % GAPS.length]!, true, prng),
    { kind: "zombie", member: prng.pick(MEMBERS), stoppedMs: STOPPED_MS + prng.below(2_000) },
    { kind: "term", member: prng.pick(MEMBERS) },
  ];
  return shuffled(rounds, prng);
}

/** The store's server is killed in each gap twice, and everything else now and then. */
export function storePlanOf(seed: number): readonly Round[] {
  const prng = new Prng(seed);
  const rounds = GAPS.flatMap((gap): Round[] =>
    [true, false].map((isKilled) => {
      const member = prng.pick(MEMBERS_OF[gap.role]);
      return { kind: "store", gap, member, isKilled, awayMs: prng.below(4_000) };
    }),
  );
  const others = [prng.pick(SUBSETS), MEMBERS].map((all) => subsetRound(all, prng, false));
  return shuffled([...rounds, ...others], prng);
}

/** All at once, and each started again soon. */
export function killed(members: readonly Member[], options: { isAway?: boolean } = {}): Round {
  const restarts = members.toReversed().map((member) => ({ member, afterMs: 50 }));
  const { isAway = false } = options;
  return { kind: "subset", killed: members, afterMs: 300, restarts, isAway, again: [] };
}

export function roundText(round: Round): string {
  switch (round.kind) {
    case "subset": {
      const more = round.again.length === 0 ? "" : `, again ${round.again.length}`;
      return `kill ${round.killed.join("+")}${round.isAway ? ", away" : ""}${more}`;
    }
    case "gap": {
      const what = round.wakes ? "zombie" : "kill";
      const { line, before } = round.gap;
      return `${what} ${[round.member, ...round.others].join("+")} between ${line} and ${before}`;
    }
    case "store": {
      const { line, before } = round.gap;
      const who = round.isKilled ? `store+${round.member}` : `store at ${round.member}`;
      return `kill ${who} between ${line} and ${before}`;
    }
    case "zombie":
      return `stop ${round.member} for ${round.stoppedMs} ms`;
    case "term":
      return `SIGTERM ${round.member}`;
    default:
      return unreachable(round);
  }
}

function subsetRound(killed: readonly Member[], prng: Prng, isAgain: boolean): Round {
  const survives = !killed.includes(COORDINATOR) && killed.length < WORKERS.length;
  const again = Array.from({ length: isAgain ? 1 + prng.below(5) : 0 }, () => {
    return { lines: 1 + prng.below(6), member: prng.pick(MEMBERS) };
  });
  return {
    kind: "subset",
    killed,
    afterMs: 200 + prng.below(2_000),
    restarts: restartsOf(killed, prng),
    isAway: survives && !isAgain && prng.below(2) === 0,
    again,
  };
}

function gapRound(gap: Gap, wakes: boolean, prng: Prng): Round {
  const member = prng.pick(MEMBERS_OF[gap.role]);
  const rest = MEMBERS.filter((each) => each !== member);
  const isAlone = wakes || prng.below(2) === 0;
  const others = isAlone ? [] : rest.filter(() => prng.below(2) === 0);
  const restarts = restartsOf([member, ...others], prng);
  return { kind: "gap", gap, member, others, wakes, restarts };
}

function restartsOf(members: readonly Member[], prng: Prng): readonly Restart[] {
  return shuffled(members, prng).map((member) => ({ member, afterMs: prng.below(300) }));
}

function shuffled<T>(items: readonly T[], prng: Prng): T[] {
  const mixed = [...items];
  for (let i = mixed.length - 1; i > 0; i--) {
    const j = prng.below(i + 1);
    [mixed[i], mixed[j]] = [mixed[j]!, mixed[i]!];
  }
  return mixed;
}
