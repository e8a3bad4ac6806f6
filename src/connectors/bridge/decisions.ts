/**
 * Decisions and questions that wait for a receiver: each is said when it can be, and is done when
 * the receiver's next list shows it.
 *
 * E1. A decision is said at most once on a connection.
 * E2. Each ends: by the receiver, or after its time.
 */
import { assert } from "../../base/assert.ts";
import type { WallarooError } from "../../base/errors.ts";
import { BRIDGE_DECIDE_MS, BRIDGE_LIST_MS } from "../../model/limits.ts";
import type { Clock, Timer } from "../../ports/clock.ts";
import type { TwoPhase } from "./two-phase.ts";

interface Decision {
  readonly name: string;
  readonly isCommit: boolean;
  /** It was said on this connection; the list with this tag tells what became of it. */
  tag: bigint | undefined;
  /** It was said on some connection. */
  isSaid: boolean;
  readonly done: PromiseWithResolvers<void>;
  readonly timer: Timer;
}

interface Question {
  tag: bigint | undefined;
  readonly done: PromiseWithResolvers<readonly string[]>;
  readonly timer: Timer;
}

/** How the receiver is told. */
export interface Speaker {
  say(said: TwoPhase): void;
  /** Asks for what is undecided. */
  list(): bigint;
}

/** `wasSaid`: the receiver had it, and was told. */
type Over = (name: string, isCommit: boolean, wasSaid: boolean) => void;

export class Decisions {
  readonly #clock: Clock;
  readonly #speaker: Speaker;
  readonly #away: () => WallarooError;
  readonly #decisions = new Map<string, Decision>();
  readonly #questions = new Set<Question>();

  constructor(clock: Clock, speaker: Speaker, away: () => WallarooError) {
    this.#clock = clock;
    this.#speaker = speaker;
    this.#away = away;
  }

  /** Decisions under way. */
  get count(): number {
    return this.#decisions.size;
  }

  commits(): readonly string[] {
    return [...this.#decisions.values()].flatMap(({ name, isCommit }) => (isCommit ? [name] : []));
  }

  has(name: string): boolean {
    return this.#decisions.has(name);
  }

  isSaid(name: string): boolean {
    return this.#decisions.get(name)?.isSaid ?? false;
  }

  /** Two that decide the same share the answer. */
  decide(name: string, isCommit: boolean): Promise<void> {
    const known = this.#decisions.get(name);
    if (known !== undefined) {
      assert(known.isCommit === isCommit, `${name} is committed and taken back at once`);
      return known.done.promise;
    }
    const done = Promise.withResolvers<void>();
    const timer = this.#clock.after(BRIDGE_DECIDE_MS, () => this.fail(name, this.#away()));
    this.#decisions.set(name, { name, isCommit, tag: undefined, isSaid: false, done, timer });
    return done.promise;
  }

  list(): Promise<readonly string[]> {
    const done = Promise.withResolvers<readonly string[]>();
    const timer = this.#clock.after(BRIDGE_LIST_MS, () => {
      this.#questions.delete(question);
      done.reject(this.#away());
    });
    const question: Question = { tag: undefined, done, timer };
    this.#questions.add(question);
    return done.promise;
  }

  /** There is a connection: says what is open. What is not listed is decided already. */
  say(
    isOpen: (name: string) => boolean,
    undecided: { has(name: string): boolean },
    over: Over,
  ): void {
    for (const decision of this.#decisions.values()) {
      const { name, isCommit } = decision;
      if (decision.tag !== undefined || !isOpen(name)) continue;
      if (!undecided.has(name)) {
        this.#finish(decision, over);
        continue;
      }
      this.#speaker.say({ type: "phase2", transaction: name, isCommit });
      decision.isSaid = true;
      decision.tag = this.#speaker.list();
    }
    for (const question of this.#questions) question.tag ??= this.#speaker.list();
  }

  /** The receiver's answer. Gives a transaction that it still lists after its decision. */
  listed(tag: bigint, undecided: readonly string[], over: Over): string | undefined {
    for (const question of this.#questions) {
      if (question.tag !== tag) continue;
      this.#questions.delete(question);
      question.timer.cancel();
      question.done.resolve(undecided);
    }
    for (const decision of this.#decisions.values()) {
      if (decision.tag !== tag) continue;
      if (undecided.includes(decision.name)) return decision.name;
      this.#finish(decision, over);
    }
    return undefined;
  }

  /** What was said is said again, on the next connection. */
  again(): void {
    for (const decision of this.#decisions.values()) decision.tag = undefined;
    for (const question of this.#questions) question.tag = undefined;
  }

  fail(name: string, error: WallarooError): void {
    const decision = this.#decisions.get(name);
    if (decision === undefined) return;
    this.#decisions.delete(name);
    decision.timer.cancel();
    decision.done.reject(error);
  }

  close(): void {
    for (const { name } of this.#decisions.values()) this.fail(name, this.#away());
    for (const { timer, done } of this.#questions) {
      timer.cancel();
      done.reject(this.#away());
    }
    this.#questions.clear();
  }

  #finish(decision: Decision, over: Over): void {
    this.#decisions.delete(decision.name);
    decision.timer.cancel();
    over(decision.name, decision.isCommit, decision.isSaid);
    decision.done.resolve();
  }
}
