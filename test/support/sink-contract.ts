/**
 * What every sink that commits must keep, checked by a connector's own tests:
 *
 *     testSinkContract("file", async () => ({ sink, ctx, record, visible }));
 */
import { expect, test } from "bun:test";
import type { Committer, Sink, SinkContext } from "../../src/model/sink.ts";

export interface SinkCase<T, Pending> {
  readonly sink: Sink<T, Pending>;
  readonly ctx: SinkContext;
  /** Record number i, each another one. */
  readonly record: (i: number) => T;
  /** What a reader of the target sees, in the order of the commits. */
  readonly visible: () => Promise<readonly T[]>;
  /** The power of the target fails and comes back. */
  readonly crash?: () => void;
}

export function testSinkContract<T, Pending>(
  name: string,
  make: () => Promise<SinkCase<T, Pending>>,
): void {
  const open = async () => {
    const given = await make();
    const { sink, ctx } = given;
    const range = (from: number, to: number) =>
      Array.from({ length: to - from }, (_, i) => given.record(from + i));
    return {
      ...given,
      range,
      writer: await sink.open(ctx),
      committer: await committerOf(sink, ctx),
      /** Plain data: it goes through a checkpoint. */
      plain: (pending: Pending | undefined) => {
        expect(pending).toBeDefined();
        return JSON.parse(JSON.stringify(pending)) as Pending;
      },
    };
  };

  test(`${name}: records are visible after their commit, not before, and once`, async () => {
    const { writer, committer, range, visible, plain } = await open();
    await writer.write(range(0, 3));
    writer.flush();
    await writer.write(range(3, 5));
    expect(await visible()).toEqual([]);
    const pending = plain(await writer.prepare(1));
    expect(await visible()).toEqual([]);
    await committer.commit(pending);
    expect(await visible()).toEqual(range(0, 5));
    await committer.commit(pending);
    expect(await visible()).toEqual(range(0, 5));
    await writer[Symbol.asyncDispose]();
    expect(await visible()).toEqual(range(0, 5));
  });

  test(`${name}: an epoch without records has nothing to commit`, async () => {
    const { writer, committer, range, visible, plain } = await open();
    expect(await writer.prepare(1)).toBeUndefined();
    await writer.write(range(0, 1));
    const pending = plain(await writer.prepare(5));
    expect(await writer.prepare(6)).toBeUndefined();
    await committer.commit(pending);
    expect(await visible()).toEqual(range(0, 1));
    await writer[Symbol.asyncDispose]();
  });

  test(`${name}: records after a prepare belong to the next epoch`, async () => {
    const { writer, committer, range, visible, plain } = await open();
    await writer.write(range(0, 2));
    const preparing = writer.prepare(1);
    await Promise.all([writer.write(range(2, 4)), preparing]);
    const first = plain(await preparing);
    const second = plain(await writer.prepare(2));
    await committer.commit(first);
    expect(await visible()).toEqual(range(0, 2));
    await committer.commit(second);
    expect(await visible()).toEqual(range(0, 4));
    await writer[Symbol.asyncDispose]();
  });

  test(`${name}: what is taken back is never visible, and may be taken back twice`, async () => {
    const { writer, committer, range, visible, plain } = await open();
    await writer.write(range(0, 2));
    const dropped = plain(await writer.prepare(1));
    await committer.abort(dropped);
    await committer.abort(dropped);
    await writer.write(range(2, 4));
    await committer.commit(plain(await writer.prepare(2)));
    expect(await visible()).toEqual(range(2, 4));
    expect(await committer.list()).toEqual([]);
    await writer[Symbol.asyncDispose]();
  });

  test(`${name}: prepared transactions are listed until they are decided`, async () => {
    const { sink, ctx, writer, committer, range, visible, plain } = await open();
    await writer.write(range(0, 2));
    const first = plain(await writer.prepare(3));
    await writer.write(range(2, 3));
    const second = plain(await writer.prepare(7));
    await writer[Symbol.asyncDispose]();
    const listed = await committer.list();
    expect(listed).toEqual([
      { generation: ctx.generation, epoch: 3, pending: first },
      { generation: ctx.generation, epoch: 7, pending: second },
    ]);
    const other = await committerOf(sink, { ...ctx, job: "another-job" });
    expect(await other.list()).toEqual([]);
    await committer.commit(listed[0]!.pending);
    expect(await committer.list()).toEqual([listed[1]!]);
    await committer.abort(listed[1]!.pending);
    expect(await committer.list()).toEqual([]);
    expect(await visible()).toEqual(range(0, 2));
  });

  test(`${name}: a committer that did not prepare commits after a crash`, async () => {
    const { sink, ctx, writer, range, visible, plain, crash } = await open();
    await writer.write(range(0, 300));
    const pending = plain(await writer.prepare(1));
    await writer.write(range(300, 600));
    crash?.();
    const later = { ...ctx, generation: ctx.generation + 1 };
    const committer = await committerOf(sink, later);
    await committer.commit(pending);
    crash?.();
    await (await committerOf(sink, later)).commit(pending);
    expect(await visible()).toEqual(range(0, 300));
    const next = await sink.open(later);
    await next.write(range(300, 302));
    await committer.commit(plain(await next.prepare(2)));
    expect(await visible()).toEqual(range(0, 302));
    expect(await committer.list()).toEqual([]);
    await next[Symbol.asyncDispose]();
  });
}

async function committerOf<T, Pending>(
  sink: Sink<T, Pending>,
  ctx: SinkContext,
): Promise<Committer<Pending>> {
  const committer = await sink.committer?.(ctx);
  if (committer === undefined) throw new Error("this sink has no committer");
  return committer;
}
