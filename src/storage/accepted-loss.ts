/**
 * That people accepted that a log in a folder has lost something: they made a file there.
 *
 * Owns: that file, and the one in which it is noted how far it reaches.
 * Does not own: the log.
 *
 * A1. It reaches to where the log ended when it was opened next: what is damaged later is told.
 * A2. It is kept as long as the log has anything before that: older checkpoints may read it again.
 */
import type { Disk } from "../ports/disk.ts";
import { comparePlaces, type LogPlace } from "../ports/record-log.ts";

/** What people make, empty. */
const ASKED = "accept-loss";
/** What becomes of it: the place behind what may be lost. */
const NOTED = "accepted-loss";
const NOTE_BYTES_MAX = 64;

export class AcceptedLoss {
  readonly #folder: string;
  readonly #disk: Disk;
  /** Whether it was asked for since the log was opened last. */
  readonly isNew: boolean;
  #until: LogPlace | undefined;

  private constructor(
    folder: string,
    disk: Disk,
    { isNew, until }: { readonly isNew: boolean; readonly until: LogPlace | undefined },
  ) {
    this.#folder = folder;
    this.#disk = disk;
    this.isNew = isNew;
    this.#until = until;
  }

  static async open(folder: string, disk: Disk): Promise<AcceptedLoss> {
    const names = await disk.list(folder);
    const until = names.includes(NOTED) ? await readNote(`${folder}/${NOTED}`, disk) : undefined;
    return new AcceptedLoss(folder, disk, { isNew: names.includes(ASKED), until });
  }

  /** Whether what stood there may be lost. */
  covers(place: LogPlace): boolean {
    return this.#until !== undefined && comparePlaces(place, this.#until) < 0;
  }

  /** Notes durably that all before a place may be lost, and nothing behind it. */
  async reach(until: LogPlace): Promise<void> {
    const disk = this.#disk;
    const text = new TextEncoder().encode(`${until.segment} ${until.offset}\n`);
    const file = await disk.open(`${this.#folder}/${NOTED}`, "create");
    try {
      await file.write(text, 0, text.length);
      await file.sync();
    } finally {
      await file.close();
    }
    await disk.syncFolder(this.#folder);
    this.#until = until;
    await disk.remove(`${this.#folder}/${ASKED}`);
    await disk.syncFolder(this.#folder);
  }

  /** Forgets it when the log begins behind it. */
  async dropBefore(segment: number): Promise<void> {
    if (this.#until === undefined || segment <= this.#until.segment) return; // A2
    this.#until = undefined;
    await this.#disk.remove(`${this.#folder}/${NOTED}`);
    await this.#disk.syncFolder(this.#folder);
  }
}

/** What people do in a folder to accept a loss. */
export function lossAdvice(folder: string): string {
  return (
    `put it back from a copy; or, to go on with the job's state and accept that it is lost, ` +
    `make an empty file ${folder}/${ASKED} and begin the job again`
  );
}

/** Undefined when a crash left it half written: then what people made is still there. */
async function readNote(path: string, disk: Disk): Promise<LogPlace | undefined> {
  const file = await disk.open(path, "read");
  try {
    const bytes = new Uint8Array(NOTE_BYTES_MAX);
    const count = await file.read(bytes, bytes.length, 0);
    const text = new TextDecoder().decode(bytes.subarray(0, count));
    const [, segment, offset] = /^(\d{1,15}) (\d{1,15})\n$/.exec(text) ?? [];
    if (segment === undefined || offset === undefined) return undefined;
    return { segment: Number(segment), offset: Number(offset) };
  } finally {
    await file.close();
  }
}
