/** Decides prepared parts: by their names alone, so in any process. */
import { join } from "node:path";
import { externalError } from "../../base/errors.ts";
import type { Committer, PreparedTransaction, SinkContext } from "../../model/sink.ts";
import type { FileWriting } from "./options.ts";
import { PartNames, type PendingPart } from "./part-names.ts";

export class PartsCommitter implements Committer<PendingPart> {
  readonly #folder: string;
  readonly #names: PartNames;
  readonly #ctx: SinkContext;

  constructor(folder: string, writing: FileWriting, ctx: SinkContext) {
    this.#folder = folder;
    this.#names = new PartNames(writing, ctx);
    this.#ctx = ctx;
  }

  async commit(pending: PendingPart): Promise<void> {
    const { disk, log } = this.#ctx;
    const temp = join(this.#folder, pending.temp);
    const final = join(this.#folder, pending.final);
    const isPrepared = (await disk.stat(temp)) !== undefined;
    const isTaken = (await disk.stat(final)) !== undefined;
    if (isPrepared && isTaken) {
      throw externalError(
        "part_exists",
        `cannot commit ${temp}: there is a file ${final} already, of another sink or job; ` +
          "nothing was lost: move that file away, and give each sink its own folder or prefix",
      );
    }
    if (isPrepared) await disk.rename(temp, final);
    else if (!isTaken) log.warn("a part was committed and is gone: was it moved?", { file: final });
    await disk.syncFolder(this.#folder);
  }

  async abort(pending: PendingPart): Promise<void> {
    const { disk } = this.#ctx;
    await disk.remove(join(this.#folder, pending.temp));
    await disk.syncFolder(this.#folder);
  }

  async list(): Promise<readonly PreparedTransaction<PendingPart>[]> {
    const { disk } = this.#ctx;
    const found: PreparedTransaction<PendingPart>[] = [];
    if ((await disk.stat(this.#folder)) === undefined) return found;
    for (const temp of await disk.list(this.#folder)) {
      const name = this.#names.readPrepared(temp);
      if (name === undefined) continue;
      const stat = await disk.stat(join(this.#folder, temp));
      if (stat === undefined) continue;
      const { generation, epoch, index, number, records } = name;
      const final = this.#names.final(index, number);
      found.push({ generation, epoch, pending: { temp, final, bytes: stat.size, records } });
    }
    return found;
  }
}
