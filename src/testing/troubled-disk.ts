/**
 * A disk that is reached over a network which may be slow, refuse, lose answers, or bring a request
 * when its sender has long given it up. For the store of a simulated cluster.
 *
 * Z1. An answer that says no means that nothing has happened, unless the request was late: then it
 *     may still happen, also when its sender is dead.
 */
import { externalError } from "../base/errors.ts";
import type { Prng } from "../base/prng.ts";
import type { Clock } from "../ports/clock.ts";
import type { Disk, DiskFile, FileStat, OpenMode } from "../ports/disk.ts";

const SYNC_SHARE = 0.02;

/** How likely each is, for one call. */
export interface Trouble {
  readonly delayMs: number;
  readonly refuse: number;
  /** It happens, and nobody is told. */
  readonly lose: number;
  /** It happens after its sender was told that it did not. */
  readonly late: number;
}

export interface TroubledDiskParts {
  readonly disk: Disk;
  /** Of the process that asks: with it waits end. */
  readonly clock: Clock;
  /** Of the world: what is late comes whoever has died. */
  readonly worldClock: Clock;
  readonly prng: Prng;
  readonly trouble: () => Trouble | undefined;
  /** Told of each. */
  readonly note: (what: "refused" | "lost" | "late") => void;
}

export class TroubledDisk implements Disk {
  readonly #parts: TroubledDiskParts;

  constructor(parts: TroubledDiskParts) {
    this.#parts = parts;
  }

  async open(path: string, mode: OpenMode): Promise<DiskFile> {
    const file = await this.#call(() => this.#parts.disk.open(path, mode));
    return {
      read: (into, length, position) => this.#call(() => file.read(into, length, position)),
      write: (bytes, start, end, at) => this.#call(() => file.write(bytes, start, end, at)),
      sync: () => this.#call(() => file.sync(), false, SYNC_SHARE),
      stat: () => file.stat(),
      truncate: (size) => this.#call(() => file.truncate(size)),
      close: () => file.close(),
    };
  }

  stat(path: string): Promise<FileStat | undefined> {
    return this.#call(() => this.#parts.disk.stat(path));
  }

  list(path: string): Promise<readonly string[]> {
    return this.#call(() => this.#parts.disk.list(path));
  }

  rename(from: string, to: string): Promise<void> {
    return this.#call(() => this.#parts.disk.rename(from, to));
  }

  link(from: string, to: string): Promise<"ok" | "taken"> {
    return this.#call(() => this.#parts.disk.link!(from, to), true);
  }

  remove(path: string): Promise<void> {
    return this.#call(() => this.#parts.disk.remove(path));
  }

  makeFolder(path: string): Promise<void> {
    return this.#call(() => this.#parts.disk.makeFolder(path));
  }

  syncFolder(path: string): Promise<void> {
    return this.#call(() => this.#parts.disk.syncFolder(path), false, SYNC_SHARE);
  }

  /** `canBeLate`: it decides something, and may do so after it was given up. `share`: of the rates
   *  of trouble; a sync that fails ends the process, and would hide all else. */
  async #call<R>(work: () => Promise<R>, canBeLate = false, share = 1): Promise<R> {
    const { clock, worldClock, prng, trouble, note } = this.#parts;
    const now = trouble();
    if (now === undefined) return await work();
    await wait(clock, prng.next() * now.delayMs);
    const dice = prng.next();
    if (dice < now.refuse * share) {
      note("refused");
      throw unavailable();
    }
    if (canBeLate && dice < now.refuse + now.late) {
      note("late");
      worldClock.after(prng.next() * 3_000, () => void work().catch(() => undefined));
      throw unavailable();
    }
    const result = await work();
    await wait(clock, prng.next() * now.delayMs);
    if (prng.next() >= now.lose * share) return result;
    note("lost");
    throw unavailable();
  }
}

function wait(clock: Clock, ms: number): Promise<void> {
  return new Promise((resolve) => void clock.after(ms, resolve));
}

function unavailable(): Error {
  return externalError("disk", "the store does not answer");
}
