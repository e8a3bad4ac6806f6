/**
 * Protections taken out on purpose, as changes of the source: the simulation must notice each, or
 * it is blind where it matters. Some are covered by another one; then both are taken out.
 */
import { cp, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CHECKPOINT_MUTANTS } from "./checkpoint-mutants.ts";
import type { Change, Mutant } from "./mutant.ts";
import { GENERATION_MUTANTS } from "./generation-mutants.ts";
import { PROOF_MUTANTS } from "./proof-mutants.ts";

export interface Found {
  /** Or point or tale, as the campaign counts them; 0: nothing was stopped. */
  readonly seed?: number;
  readonly problem?: string;
  /** Of a point: which process was stopped, how and where. Of a tale: its name. */
  readonly where?: string;
  /** Seeds that were run. */
  readonly ran: number;
}

export interface FindOptions {
  /** Of points, 0 is the run that nothing stops. */
  readonly from: number;
  readonly seeds: number;
  readonly seconds: number;
}

const RECEIVE = "exchange/receive-channel.ts";
const SEND = "exchange/send-channel.ts";
const REMOTE = "exchange/remote-channel.ts";
const OUTBOUND = "exchange/outbound.ts";

const NO_SEQUENCE_CHECK: readonly Change[] = [
  { file: RECEIVE, from: "if (sequence < this.#next) {", to: "if (sequence < 0) {" },
  { file: RECEIVE, from: "if (sequence > this.#next) {", to: "if (sequence < 0) {" },
];
const NO_WINDOW_CHECK: Change = {
  file: RECEIVE,
  from: "if (this.#received + size > this.#granted && this.waiting > 0) {",
  to: "if (size < 0) {",
};
const ENDLESS_CREDIT: readonly Change[] = [
  { file: SEND, from: "return this.#granted - this.#data;", to: "return 1_000_000;" },
  { file: SEND, from: "return through <= this.#granted ||", to: "return true || through < 0 ||" },
];
export const MUTANTS: readonly Mutant[] = [
  {
    name: "sequence check, and a sender that goes on where acknowledgements are",
    changes: [
      ...NO_SEQUENCE_CHECK,
      { file: SEND, from: "    this.#forget(next - 1);\n", to: "" },
      {
        file: SEND,
        from: "this.#toSend = next; // S2",
        to: "this.#toSend = this.#acknowledged + 1;",
      },
    ],
  },
  {
    name: "sequence check, and a sender that leaves out what was lost",
    changes: [
      ...NO_SEQUENCE_CHECK,
      { file: SEND, from: "this.#toSend = next; // S2", to: "this.#toSend = this.#mostSent + 1;" },
    ],
  },
  { name: "credit of the sender", changes: ENDLESS_CREDIT },
  { name: "credit of both sides", changes: [...ENDLESS_CREDIT, NO_WINDOW_CHECK] },
  {
    name: "retransmission: nothing is sent again",
    changes: [
      { file: SEND, from: "this.#toSend = next; // S2", to: "this.#toSend = this.#mostSent + 1;" },
    ],
  },
  {
    name: "retransmission order: the newest first",
    changes: [
      ...NO_SEQUENCE_CHECK,
      {
        file: SEND,
        from: "this.#toSend = next; // S2",
        to: "this.#kept.push(...this.#kept.splice(this.#head).reverse()); this.#toSend = next;",
      },
    ],
  },
  {
    name: "resume: a broken link is not made again",
    changes: [
      {
        file: "exchange/link-client.ts",
        from: "this.#again(backoffMs(",
        to: "void (backoffMs(",
      },
    ],
  },
  {
    name: "frames are forgotten before they are acknowledged, and a resume takes what is there",
    changes: [
      {
        file: SEND,
        from: "this.#forget(sequence);\n  }\n\n  grant",
        to: "this.#forget(this.#mostSent);\n  }\n\n  grant",
      },
      { file: SEND, from: "if (next <= this.#acknowledged || next >", to: "if (next >" },
    ],
  },
  {
    name: "partial writes",
    changes: [{ file: OUTBOUND, from: "this.#advance(taken);", to: "this.#advance(end - start);" }],
  },
  {
    name: "drain",
    changes: [{ file: OUTBOUND, from: "this.#isFull = false;\n    this.flush();", to: "" }],
  },
  {
    name: "a barrier overtakes a batch that waits for credit",
    changes: [
      {
        file: REMOTE,
        from: '  barrier(epoch: Epoch): void {\n    this.#put({ kind: "barrier", epoch });',
        to: "  barrier(epoch: Epoch): void {\n    this.#sendBarrier(epoch);",
      },
    ],
  },
  {
    name: "silence of a peer",
    changes: [
      {
        file: "exchange/link-wire.ts",
        from: "if (silent > LINK_SILENT_MS) {",
        to: "if (silent < 0) {",
      },
      {
        file: "worker/worker.ts",
        from: "if (silentMs < SUSPECT_MS) channel?.send",
        to: "if (silentMs >= 0) channel?.send",
      },
    ],
  },
  {
    name: "checksums of frames",
    changes: [
      {
        file: "exchange/frame-cutter.ts",
        from: "if (this.#crypto.crc32(bytes.subarray(at, crcAt)) !== check) {",
        to: "if (crcAt < 0) {",
      },
    ],
  },
  {
    name: "the end waits for what was sent",
    changes: [
      {
        file: "worker/part.ts",
        from: "if (!this.#isOver) this.#world.hub.terminate();",
        to: "this.#world.hub.terminate();",
      },
      { file: "worker/part-task.ts", from: "for (const exit of this.#exits) exit.end();", to: "" },
    ],
  },
  {
    name: "a number means the key that it was given for",
    changes: [
      {
        file: "codec/shape-numbers.ts",
        from: "keys[i] = known[number];",
        to: "keys[i] = known[number ^ 1] ?? known[number];",
      },
    ],
  },
  {
    name: "what is found by a number is not gone",
    changes: [{ file: "operators/fuse-state.ts", from: " || n.isGone", to: "" }],
  },
  ...GENERATION_MUTANTS,
  ...PROOF_MUTANTS,
  ...CHECKPOINT_MUTANTS,
];

/** Runs seeds, points or tales on a copy of the sources, with a mutant's changes. */
export async function findMutant(
  root: string,
  { changes, by = "seeds" }: Mutant,
  options: FindOptions,
): Promise<Found> {
  const folder = await mkdtemp(join(tmpdir(), "mutant-"));
  try {
    for (const part of ["src", "test/support", "test/simulation"]) {
      await cp(join(root, part), join(folder, part), { recursive: true });
    }
    await symlink(join(root, "node_modules"), join(folder, "node_modules"));
    await cp(join(root, "package.json"), join(folder, "package.json"));
    for (const change of changes) await apply(join(folder, "src", change.file), change);
    const { from, seeds, seconds } = options;
    const file = join(folder, "test/simulation/find.ts");
    const how = [by, from, seeds, seconds].map(String);
    const child = Bun.spawn([process.execPath, file, ...how], { stderr: "pipe" });
    const timer = setTimeout(() => child.kill("SIGKILL"), (seconds + 30) * 1_000);
    const [text, errors] = [await new Response(child.stdout).text(), child.stderr];
    clearTimeout(timer);
    const line = text.trim().split("\n").at(-1) ?? "";
    if (!line.startsWith("{")) {
      throw new Error(`the mutant did not run: ${await new Response(errors).text()}`);
    }
    return JSON.parse(line) as Found;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function apply(path: string, { file, from, to }: Change): Promise<void> {
  const source = await readFile(path, "utf8");
  const count = source.split(from).length - 1;
  if (count !== 1) throw new Error(`${file}: ${JSON.stringify(from)} is there ${count} times`);
  await writeFile(
    path,
    source.replace(from, () => to),
  );
}
