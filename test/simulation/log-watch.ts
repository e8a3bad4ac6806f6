/** Looks at the log of a job again and again: whoever began anew then must be able to open it. */
import { messageOf } from "../../src/base/errors.ts";
import { systemCrypto } from "../../src/host/system-crypto.ts";
import { FileMetaLog } from "../../src/storage/file-meta-log.ts";
import { SimDisk } from "../../src/testing/sim-disk.ts";
import type { World } from "../../src/testing/world.ts";

/** Where a store in `/store` has the logs of jobs. */
const LOGS = "/store/logs/jobs/";
const INTERVAL_MS = 500;

export class LogWatch {
  problem: string | undefined;
  /** Logs that were opened. */
  opened = 0;
  readonly #world: World;
  readonly #disk: SimDisk;

  constructor(world: World, disk: SimDisk) {
    this.#world = world;
    this.#disk = disk;
    this.#look();
  }

  #look(): void {
    this.#world.clock.after(INTERVAL_MS, () => this.#look());
    // Of a copy: what a log that is opened tidies up may be in use.
    const copy = new SimDisk();
    const folders = new Set<string>();
    for (const path of this.#disk.paths()) {
      if (!path.startsWith(LOGS)) continue;
      folders.add(path.slice(0, path.lastIndexOf("/")));
      copy.put(path, Buffer.from(this.#disk.text(path, "latin1"), "latin1"));
    }
    for (const folder of folders) void this.#open(folder, copy);
  }

  async #open(folder: string, disk: SimDisk): Promise<void> {
    try {
      await FileMetaLog.open({ folder, disk, crypto: systemCrypto() });
      this.opened++;
    } catch (error) {
      this.problem ??= messageOf(error);
    }
  }
}
