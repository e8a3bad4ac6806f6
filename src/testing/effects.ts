/**
 * What processes do to the world outside them, one effect after the other, for who wants to stop
 * a process at one: writes of connections, and all that changes a disk.
 *
 * E1. A process that is stopped before an effect makes neither it nor any other.
 * E2. One that is stopped after an effect never learns that it happened; one that is paused there
 *     learns it when it goes on. One that is paused before it makes it when it goes on.
 * E3. What gives content a name late brings what it was asked with, as requests of stores do.
 */
import { assert } from "../base/assert.ts";
import type { Disk, DiskFile, FileStat, OpenMode } from "../ports/disk.ts";
import type { HostClock } from "./host-clock.ts";
import type { HostView, WorldView } from "./sim-views.ts";

/** Where content waits that is under way. */
const KEPT = "/under-way";

/** An effect of a process that waits for its result. E1, E2 */
export async function effect<R>(
  world: WorldView,
  host: HostView,
  what: string,
  work: () => Promise<R>,
): Promise<R> {
  const { effects } = world;
  if (effects === undefined) return await work();
  const { clock } = host.life;
  if (clock.isOver) return await new Promise<never>(() => undefined);
  const answer = effects.before(host, what);
  if (clock.isPaused) await goesOn(clock);
  if (answer?.happensInMs === 0) await work();
  else if (answer?.happensInMs !== undefined) {
    world.clock.after(answer.happensInMs, () => void work().catch(() => undefined));
  }
  if (clock.isOver) return await new Promise<never>(() => undefined);
  if (answer !== undefined) throw answer.error;
  const result = await work();
  effects.after(host, what);
  // What it waits for here never comes to who is dead, and late to who is paused.
  if (clock.isOver || clock.isPaused) await goesOn(clock);
  return result;
}

/** Resolves when a process that sleeps goes on; never, when it is over. */
async function goesOn(clock: HostClock): Promise<void> {
  await new Promise<void>((resolve) => clock.soon(resolve));
}

/** The disk as a process has it: what changes it is an effect. */
export class EffectDisk implements Disk {
  readonly #disk: Disk;
  readonly #run: <R>(call: string, path: string, work: () => Promise<R>) => Promise<R>;
  /** It is far away: what is asked of it may come late. */
  readonly #isLate: boolean;
  #kept = 0;

  /** `name`: of the disk, in the names of its effects. */
  constructor(disk: Disk, name: "disk" | "store", world: WorldView, host: HostView) {
    const { life } = host;
    const author = { name: host.name, isUp: true, life };
    this.#disk = disk;
    this.#isLate = name === "store";
    this.#run = (call, path, work) => effect(world, author, `${name} ${call} ${path}`, work);
  }

  async open(path: string, mode: OpenMode): Promise<DiskFile> {
    const open = (): Promise<DiskFile> => this.#disk.open(path, mode);
    const file = mode === "read" ? await open() : await this.#run("open", path, open);
    return {
      read: (into, length, position) => file.read(into, length, position),
      write: (bytes, start, end, at) =>
        this.#run("write", path, () => file.write(bytes, start, end, at)),
      sync: () => this.#run("sync", path, () => file.sync()),
      stat: () => file.stat(),
      truncate: (size) => this.#run("truncate", path, () => file.truncate(size)),
      close: () => file.close(),
    };
  }

  stat(path: string): Promise<FileStat | undefined> {
    return this.#disk.stat(path);
  }

  list(path: string): Promise<readonly string[]> {
    return this.#disk.list(path);
  }

  /** E3 */
  async rename(from: string, to: string): Promise<void> {
    const disk = this.#disk;
    if (!this.#isLate) return await this.#run("rename", to, () => disk.rename(from, to));
    const kept = await this.#keep(from);
    await this.#run("rename", to, async () => {
      await disk.rename(kept, to);
      await disk.remove(from).catch(() => undefined); // It is gone already, when this is late.
    });
  }

  /** E3 */
  async link(from: string, to: string): Promise<"ok" | "taken"> {
    const disk = this.#disk;
    if (!this.#isLate) return await this.#run("link", to, () => disk.link!(from, to));
    const kept = await this.#keep(from);
    return await this.#run("link", to, async () => {
      const result = await disk.link!(kept, to);
      await disk.remove(kept);
      return result;
    });
  }

  remove(path: string): Promise<void> {
    return this.#run("remove", path, () => this.#disk.remove(path));
  }

  makeFolder(path: string): Promise<void> {
    return this.#run("makeFolder", path, () => this.#disk.makeFolder(path));
  }

  syncFolder(path: string): Promise<void> {
    return this.#run("syncFolder", path, () => this.#disk.syncFolder(path));
  }

  /** Under a name of its own: whoever removes `from` does not take back what is under way. */
  async #keep(from: string): Promise<string> {
    const kept = `${KEPT}/${++this.#kept} ${from.replaceAll("/", " ")}`;
    await this.#disk.makeFolder(KEPT);
    const outcome = await this.#disk.link!(from, kept);
    assert(outcome === "ok", "what gets a name has one that was never used before");
    return kept;
  }
}
