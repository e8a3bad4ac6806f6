/** A protection that is taken out on purpose, as changes of the source. */

/** One text of one file, replaced. */
export interface Change {
  /** Within src. */
  readonly file: string;
  readonly from: string;
  readonly to: string;
}

export interface Mutant {
  readonly name: string;
  readonly changes: readonly Change[];
  /** What finds it: seeds of `swarm.ts`, or points of `effect-points.ts`, of each kind in turn. */
  readonly by?: "seeds" | "points";
  /** Why nothing can find it: another protection covers it, and this one is a second line. */
  readonly covered?: string;
}
