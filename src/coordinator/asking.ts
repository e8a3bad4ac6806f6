/**
 * Questions to workers that somebody waits for: answers are gathered until all are there, or the
 * time is over. A worker that is gone or stuck does not keep who asks.
 */
import type { JobStatus } from "../model/status.ts";
import type { Clock, Timer } from "../ports/clock.ts";

interface Question {
  readonly missing: Set<string>;
  readonly answers: Map<string, JobStatus>;
  readonly resolve: (answers: readonly JobStatus[]) => void;
  readonly timer: Timer;
}

export class Asking {
  readonly #clock: Clock;
  readonly #open = new Map<number, Question>();
  #lastId = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** `send` asks one worker, by the id of the question. Answers come in the order of `workers`. */
  ask(
    workers: readonly string[],
    limitMs: number,
    send: (worker: string, id: number) => void,
  ): Promise<readonly JobStatus[]> {
    if (workers.length === 0) return Promise.resolve([]);
    const id = ++this.#lastId;
    const { promise, resolve } = Promise.withResolvers<readonly JobStatus[]>();
    const answers = new Map<string, JobStatus>();
    const finish = (): void => {
      this.#open.delete(id);
      resolve(workers.flatMap((worker) => answers.get(worker) ?? []));
    };
    const timer = this.#clock.after(limitMs, finish);
    this.#open.set(id, { missing: new Set(workers), answers, resolve: finish, timer });
    for (const worker of workers) send(worker, id);
    return promise;
  }

  answer(worker: string, id: number, status: JobStatus): void {
    const question = this.#open.get(id);
    if (question === undefined || !question.missing.delete(worker)) return;
    question.answers.set(worker, status);
    this.#look(question);
  }

  /** It will answer nothing any more. */
  lost(worker: string): void {
    for (const question of this.#open.values()) {
      if (question.missing.delete(worker)) this.#look(question);
    }
  }

  #look({ missing, timer, resolve }: Question): void {
    if (missing.size > 0) return;
    timer.cancel();
    resolve([]);
  }
}
