/** What an author of a connector can check, in whatever test runner. */

/** One thing that a connector must keep. */
export interface ContractCheck {
  /** A sentence that is true of every good connector. */
  readonly name: string;
  /** Resolves when it is true of this one. @throws with what was found instead */
  run(): Promise<void>;
}
