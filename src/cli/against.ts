/** `check --against`: finds the checkpoint that is meant, and shows what it has to say. */
import { resolve } from "node:path";
import type { Against, KnownOfKept, StateFate } from "../host/check-against.ts";
import type { Manifest } from "../model/checkpoint.ts";
import type { Io } from "./command.ts";
import { isSavepointFile } from "./savepoint-file.ts";
import { openStoreReader, type StoreChoice } from "./store-options.ts";
import { styled, tableText } from "./table.ts";

export interface FoundManifest {
  readonly manifest: Manifest;
  /** What is wrong with its files, in a store; undefined for a ZIP: not looked at. */
  readonly damage: readonly string[] | undefined;
  readonly output: NonNullable<KnownOfKept["output"]>;
}

/** `meant`: a file of `savepoint --export`, or `JOB`, `JOB@12`, `JOB@sp-12` of a store.
 *  @throws {WallarooError} `no_job`, `no_checkpoint`, what store and file say */
export async function findManifest(
  meant: string,
  where: StoreChoice,
  io: Io,
): Promise<FoundManifest> {
  if (isSavepointFile(meant)) {
    const [{ readSavepointFile }, { ownParts }] = await Promise.all([
      import("../host/savepoint-head.ts"),
      import("../host/store-parts.ts"),
    ]);
    const { manifest } = await readSavepointFile(ownParts(), resolve(io.cwd, meant));
    return { manifest, damage: undefined, output: "left" };
  }
  const [job = "", at] = meant.split("@");
  const reader = await openStoreReader(where, io);
  const { lineage, manifest, damage } = await reader.look(job, at);
  const { notedIn } = await import("../host/read-ledger.ts");
  const { isEnded, committed } = await notedIn(resolve(io.cwd, where.data), lineage);
  const open = isEnded ? "left" : "needed";
  return { manifest, damage, output: manifest.epoch <= committed ? "committed" : open };
}

/** What a person is told of it. `isInStore`: its files were looked for. */
export async function tellAgainst(against: Against, isInStore: boolean, io: Io): Promise<void> {
  const { app, checkpoint, time, states, problems, notes } = against;
  await io.stdout.write(`\nagainst checkpoint ${checkpoint} of ${app}, taken ${time}:\n`);
  if (states.length > 0) {
    const columns = ["STATE", "BECOMES", "VERSION"].map((title) => ({ title }));
    const rows = states.map((one) => [one.state, one.fate, versionText(one)]);
    await io.stdout.write(tableText(columns, rows, io.stdout));
  }
  for (const note of notes) await io.stdout.write(`lost: ${note}\n`);
  const red = styled(io.stderr, "red", "error:");
  for (const problem of problems) await io.stderr.write(`${red} ${problem}\n`);
  if (problems.length > 0) return;
  await io.stdout.write("It can go on from there.\n");
  if (!isInStore) return;
  await io.stdout.write(
    "Its files are there with their sizes; their bytes are checked by " +
      "`wallaroo checkpoint verify`.\n",
  );
}

function versionText({ from, to }: StateFate): string {
  if (from === to) return String(to);
  return `${from === 0 ? "none" : from} -> ${to === 0 ? "none" : to}`;
}
