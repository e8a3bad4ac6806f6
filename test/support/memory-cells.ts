/** Cells in memory, and what can go wrong with them. */
import type { AppendOutcome } from "../../src/ports/meta-log.ts";
import type { Cell, Cells } from "../../src/storage/cells.ts";

/** `lost`: done, and told as unknown. `dropped`: not done, and told as unknown. `late`: done by
 *  `applyLate`. */
export type CellFault = "lost" | "dropped" | "late" | undefined;

export class MemoryCells implements Cells {
  readonly where = "memory";
  doubt: string | undefined = undefined;
  readonly bytesMax = 1_000_000;
  readonly cells = new Map<string, Cell>();
  readonly #late: (() => void)[] = [];
  ignoresConditions = false;
  fault: (name: string) => CellFault = () => undefined;
  #count = 0;

  applyLate(): void {
    for (const apply of this.#late.splice(0)) apply();
  }

  async get(name: string): Promise<Cell | undefined> {
    return this.cells.get(name);
  }

  async create(name: string, bytes: Uint8Array): Promise<AppendOutcome> {
    return this.#write(name, bytes, () => !this.cells.has(name));
  }

  async replace(name: string, bytes: Uint8Array, version: string): Promise<AppendOutcome> {
    return this.#write(name, bytes, () => this.cells.get(name)?.version === version);
  }

  async list(prefix: string): Promise<readonly string[]> {
    return [...this.cells.keys()].filter((name) => name.startsWith(prefix)).sort();
  }

  async remove(name: string): Promise<void> {
    this.cells.delete(name);
  }

  #write(name: string, bytes: Uint8Array, condition: () => boolean): AppendOutcome {
    const copy = bytes.slice();
    const apply = (): AppendOutcome => {
      if (!this.ignoresConditions && !condition()) return "taken";
      this.cells.set(name, { bytes: copy, version: String(++this.#count) });
      return "ok";
    };
    const fault = this.fault(name);
    if (fault === "late") this.#late.push(apply);
    if (fault === "late" || fault === "dropped") return "unknown";
    const outcome = apply();
    return fault === "lost" ? "unknown" : outcome;
  }
}
