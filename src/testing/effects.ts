/**
 * What processes do to the world outside them, one effect after the other, for who wants to stop
 * a process at one: writes of connections, and all that changes a disk.
 *
 * E1. A process that is stopped before an effect makes neither it nor any other.
 * E2. One that is stopped after an effect never learns that it happened; one that is paused there
 *     learns it when it goes on.
 * E3. A link that comes late brings the content that it was asked with, as requests of stores do.
 */
import { assert } from "../base/assert.ts";
import type { Disk, DiskFile, FileStat, OpenMode } from "../ports/disk.ts";
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
  if (answer !== undefined) {
    const late = (): void => void work().catch(() => undefined);
    if (answer.happensInMs === 0) await work();
    else world.clock.after(answer.happensInMs, late);
  }
  if (clock.isOver) return await new Promise<never>(() => undefined);
  if (answer !== undefined) throw answer.error;
  const result = await work();
  effects.after(host, what);
  // What it waits for here never comes to who is dead, and late to who is paused.
  if (clock.isOver || clock.isPaused) await new Promise<void>((resolve) => clock.soon(resolve));
  return result;
}

/** The disk as a process has it: what changes it is an effect. */
export class EffectDisk implements Disk {
  readonly #disk: Disk;
  readonly #run: <R>(call: string, path: string, work: () => Promise<R>) => Promise<R>;
  #links = 0;

  /** `name`: of the disk, in the names of its effects. */
  constructor(disk: Disk, name: string, world: WorldView, host: HostView) {
    const { life } = host;
    const author = { name: host.name, isUp: true, life };
    this.#disk = disk;
    this.#run = (call, path, work) => effect(world, author, `${name} ${call} ${path}`, work);
  }

  async open(path: string, mode: OpenMode): Promise<DiskFile> {
    const open = (): Promise<DiskFile> => this.#disk.open(path, mode);
    const file = mode === "read" ? await open() : await this.#run("open", path, open);
    return {
      read: (into, length, position) => file.read(into, length, position),
      write: (bytes, start, end) => this.#run("write", path, () => file.write(bytes, start, end)),
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

  rename(from: string, to: string): Promise<void> {
    return this.#run("rename", to, () => this.#disk.rename(from, to));
  }

  link(from: string, to: string): Promise<"ok" | "taken"> {
    return this.#link(from, to);
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

  /** E3. Whoever removes `from` meanwhile does not take back what is under way. */
  async #link(from: string, to: string): Promise<"ok" | "taken"> {
    const kept = `${KEPT}/${++this.#links} ${from.replaceAll("/", " ")}`;
    await this.#disk.makeFolder(KEPT);
    const outcome = await this.#disk.link!(from, kept);
    assert(outcome === "ok", "what is linked has a name that was never used before");
    return await this.#run("link", to, async () => {
      const result = await this.#disk.link!(kept, to);
      await this.#disk.remove(kept);
      return result;
    });
  }
}
