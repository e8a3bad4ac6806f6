/** A disk as one process sees it, that dies at one of its calls: no call of it ever ends. */
import type { Disk, DiskFile, OpenMode } from "../../src/ports/disk.ts";

export class MortalDisk implements Disk {
  readonly #disk: Disk;
  /** Called before and after each effect; true: the process is dead. */
  readonly #dies: (call: string) => boolean;
  isDead = false;

  constructor(disk: Disk, dies: (call: string) => boolean) {
    this.#disk = disk;
    this.#dies = dies;
  }

  async open(path: string, mode: OpenMode): Promise<DiskFile> {
    const file = await this.#call("open", () => this.#disk.open(path, mode));
    return {
      read: (into, length, position) => this.#call("read", () => file.read(into, length, position)),
      write: (bytes, start, end, at) =>
        this.#call("write", () => file.write(bytes, start, end, at)),
      sync: () => this.#call("sync", () => file.sync()),
      stat: () => this.#call("stat", () => file.stat()),
      truncate: (size) => this.#call("truncate", () => file.truncate(size)),
      close: () => this.#call("close", () => file.close()),
    };
  }

  stat(path: string) {
    return this.#call("stat", () => this.#disk.stat(path));
  }

  list(path: string) {
    return this.#call("list", () => this.#disk.list(path));
  }

  rename(from: string, to: string) {
    return this.#call("rename", () => this.#disk.rename(from, to));
  }

  link(from: string, to: string) {
    return this.#call("link", () => this.#disk.link!(from, to));
  }

  remove(path: string) {
    return this.#call("remove", () => this.#disk.remove(path));
  }

  makeFolder(path: string) {
    return this.#call("makeFolder", () => this.#disk.makeFolder(path));
  }

  syncFolder(path: string) {
    return this.#call("syncFolder", () => this.#disk.syncFolder(path));
  }

  /** It dies before the effect, or after it and before anybody hears of it. */
  async #call<R>(call: string, work: () => Promise<R>): Promise<R> {
    await this.#live(call);
    const result = await work();
    await this.#live(call);
    return result;
  }

  async #live(call: string): Promise<void> {
    this.isDead ||= this.#dies(call);
    if (this.isDead) await new Promise<never>(() => undefined);
  }
}
