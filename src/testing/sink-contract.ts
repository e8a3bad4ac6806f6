/** What every sink that commits must keep. */
import type { Committer, Sink, SinkContext, SinkWriter } from "../model/sink.ts";
import type { ContractCheck } from "./contract.ts";
import { check, checkSame } from "./same.ts";

/** A sink that commits, and a look at its target. */
export interface SinkCase<T, Pending> {
  readonly sink: Sink<T, Pending>;
  readonly ctx: SinkContext;
  /** Record number i, each another one. */
  readonly record: (i: number) => T;
  /** What a reader of the target sees, in the order of the commits. */
  readonly visible: () => Promise<readonly T[]>;
  /** The power of the target fails and comes back. */
  readonly crash?: () => void;
  /** False for sinks whose target knows one undecided transaction at a time: from `prepare` to its
   *  decision they take no record, and prepare nothing else. Default true. */
  readonly overlaps?: boolean;
}

interface OpenCase<T, Pending> extends SinkCase<T, Pending> {
  readonly writer: SinkWriter<T, Pending>;
  readonly committer: Committer<Pending>;
}

/**
 * The checks of a sink that commits: records are visible after their commit, not before, and once;
 * what is taken back never is; prepared transactions are listed, and can be decided by another
 * process after a crash. `make` is called for each check, and gives an empty target each time.
 *
 * @example
 * for (const check of sinkContract(async () => ({ sink, ctx, record: String, visible }))) {
 *   test(check.name, () => check.run());
 * }
 */
export function sinkContract<T, Pending>(
  make: () => Promise<SinkCase<T, Pending>>,
): readonly ContractCheck[] {
  const checked = (
    name: string,
    run: (given: OpenCase<T, Pending>) => Promise<void>,
  ): ContractCheck => ({
    name,
    run: async () => {
      const given = await make();
      const writer = await given.sink.open(given.ctx);
      const committer = await committerOf(given.sink, given.ctx);
      await run({ ...given, writer, committer });
    },
  });
  return [
    checked("records are visible after their commit, not before, and once", commits),
    checked("an epoch without records has nothing to commit", emptyEpochs),
    checked("records after a prepare belong to the next epoch", nextEpochs),
    checked("what is taken back is never visible, and may be taken back twice", aborts),
    checked("prepared transactions are listed until they are decided", lists),
    checked("a committer that did not prepare commits after a crash", survives),
  ];
}

async function commits<T, P>(given: OpenCase<T, P>): Promise<void> {
  const { writer, committer } = given;
  await writer.write(range(given, 0, 3));
  writer.flush();
  await writer.write(range(given, 3, 5));
  await sees(given, [], "before prepare");
  const pending = stored(await writer.prepare(1));
  await sees(given, [], "after prepare, before commit");
  await committer.commit(pending);
  await sees(given, range(given, 0, 5), "after commit");
  await committer.commit(pending);
  await sees(given, range(given, 0, 5), "after the same commit again");
  await writer[Symbol.asyncDispose]();
  await sees(given, range(given, 0, 5), "after closing");
}

async function emptyEpochs<T, P>(given: OpenCase<T, P>): Promise<void> {
  const { writer, committer } = given;
  check((await writer.prepare(1)) === undefined, "prepare of nothing gave something to commit");
  await writer.write(range(given, 0, 1));
  const pending = stored(await writer.prepare(5));
  check((await writer.prepare(6)) === undefined, "prepare of nothing gave something to commit");
  await committer.commit(pending);
  await sees(given, range(given, 0, 1), "after commit");
  await writer[Symbol.asyncDispose]();
}

async function nextEpochs<T, P>(given: OpenCase<T, P>): Promise<void> {
  const { writer, committer, overlaps } = given;
  await writer.write(range(given, 0, 2));
  const preparing = writer.prepare(1);
  const writing = writer.write(range(given, 2, 4));
  const first = stored(await preparing);
  if (overlaps === false) await committer.commit(first);
  await writing;
  const second = stored(await writer.prepare(2));
  await committer.commit(first);
  await sees(given, range(given, 0, 2), "after the first commit");
  await committer.commit(second);
  await sees(given, range(given, 0, 4), "after the second commit");
  await writer[Symbol.asyncDispose]();
}

async function aborts<T, P>(given: OpenCase<T, P>): Promise<void> {
  const { writer, committer } = given;
  await writer.write(range(given, 0, 2));
  const dropped = stored(await writer.prepare(1));
  await committer.abort(dropped);
  await committer.abort(dropped);
  await writer.write(range(given, 2, 4));
  await committer.commit(stored(await writer.prepare(2)));
  await sees(given, range(given, 2, 4), "after an abort and a commit");
  checkSame(await committer.list(), [], "what is listed as undecided");
  await writer[Symbol.asyncDispose]();
}

async function lists<T, P>(given: OpenCase<T, P>): Promise<void> {
  const { sink, ctx, writer, committer, overlaps } = given;
  const named = (epoch: number, pending: P) => ({ generation: ctx.generation, epoch, pending });
  await writer.write(range(given, 0, 2));
  const first = stored(await writer.prepare(3));
  const one = named(3, first);
  let last = writer;
  if (overlaps === false) {
    await writer[Symbol.asyncDispose]();
    checkSame(await committer.list(), [one], "what is listed as undecided");
    await committer.commit(first);
    last = await sink.open(ctx);
  }
  await last.write(range(given, 2, 3));
  const second = stored(await last.prepare(7));
  await last[Symbol.asyncDispose]();
  const two = named(7, second);
  const both = overlaps === false ? [two] : [one, two];
  checkSame(await committer.list(), both, "what is listed as undecided");
  const other = await committerOf(sink, { ...ctx, job: "another-job" });
  checkSame(await other.list(), [], "what is listed for another job");
  await committer.commit(first);
  checkSame(await committer.list(), [two], "what is listed after a commit");
  await committer.abort(second);
  checkSame(await committer.list(), [], "what is listed after an abort");
  await sees(given, range(given, 0, 2), "after a commit and an abort");
}

async function survives<T, P>(given: OpenCase<T, P>): Promise<void> {
  const { sink, ctx, writer, crash } = given;
  await writer.write(range(given, 0, 300));
  const pending = stored(await writer.prepare(1));
  const writing = writer.write(range(given, 300, 600));
  if (given.overlaps !== false) await writing;
  else writing?.catch(() => undefined); // Its process is gone.
  crash?.();
  const later = { ...ctx, generation: ctx.generation + 1 };
  const committer = await committerOf(sink, later);
  await committer.commit(pending);
  crash?.();
  await (await committerOf(sink, later)).commit(pending);
  await sees(given, range(given, 0, 300), "after a crash and a commit by another process");
  const next = await sink.open(later);
  await next.write(range(given, 300, 302));
  await committer.commit(stored(await next.prepare(2)));
  await sees(given, range(given, 0, 302), "after the next generation's commit");
  checkSame(await committer.list(), [], "what is listed as undecided");
  await next[Symbol.asyncDispose]();
}

function range<T, P>({ record }: SinkCase<T, P>, from: number, to: number): T[] {
  return Array.from({ length: to - from }, (_, i) => record(from + i));
}

async function sees<T, P>(given: SinkCase<T, P>, expected: T[], when: string): Promise<void> {
  checkSame(await given.visible(), expected, `what a reader sees ${when}`);
}

/** A pending transaction as it comes back out of a checkpoint: plain data that JSON carries. */
function stored<P>(pending: P | undefined): P {
  check(pending !== undefined, "prepare of records gave nothing to commit");
  const back = JSON.parse(JSON.stringify(pending)) as P;
  checkSame(back, pending, "what prepare gave, stored as JSON and read again");
  return back;
}

async function committerOf<T, P>(sink: Sink<T, P>, ctx: SinkContext): Promise<Committer<P>> {
  const committer = await sink.committer?.(ctx);
  check(committer !== undefined, "this sink has no committer");
  return committer;
}
