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
  /** What finds it: seeds of `swarm.ts`, points of `effect-points.ts`, of each kind in turn, or
   *  what was thought of, each a run of its own: `TALES` in `find.ts`. */
  readonly by?: "seeds" | "points" | "tales";
  /** Why nothing can find it: another protection covers it, and this one is a second line. */
  readonly covered?: string;
}
