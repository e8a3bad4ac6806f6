/** Refuses a store that ignores conditions, before anything relies on them. */
import { externalError, WallarooError } from "../base/errors.ts";
import { PROBE_WRITERS } from "../model/limits.ts";
import type { Crypto } from "../ports/crypto.ts";
import type { AppendOutcome } from "../ports/meta-log.ts";
import type { Cells } from "./cells.ts";

/**
 * Several creates of one new name at the same time must give one winner, and a replace that names
 * an old version must fail. A store that answers neither is not accused, and not accepted.
 *
 * @throws {WallarooError} `store_ignores_conditions`, `store_unavailable`
 */
export async function probeCells(cells: Cells, crypto: Crypto): Promise<void> {
  const name = `probes/${crypto.secret(16).toHex()}`;
  const value = (i: number): Uint8Array => new Uint8Array([i]);
  try {
    const created = await Promise.all(
      Array.from({ length: PROBE_WRITERS }, (_, i) => cells.create(name, value(i))),
    );
    const winners = created.filter((outcome) => outcome === "ok").length;
    if (winners > 1) throw ignores(cells, `${winners} of ${PROBE_WRITERS} creates of one name won`);
    settled(cells, created);
    const first = await cells.get(name);
    // Writers whose answers were lost may have won; one of them must have.
    if (first === undefined) throw ignores(cells, "what was created is not there");
    const winner = created.indexOf("ok");
    if (winner !== -1 && first.bytes[0] !== winner) {
      throw ignores(cells, "a create that lost was applied");
    }
    const later = value(PROBE_WRITERS);
    settled(cells, [await cells.replace(name, later, first.version)]);
    const stale = await cells.replace(name, value(PROBE_WRITERS + 1), first.version);
    if (stale === "ok") throw ignores(cells, "a replace that names an old version succeeded");
    const last = await cells.get(name);
    if (last?.bytes[0] !== PROBE_WRITERS) {
      throw ignores(cells, "a replace that names an old version was applied");
    }
  } finally {
    await cells.remove(name).catch((error: unknown) => {
      // Left behind, it harms nobody; the store said more above.
      if (!(error instanceof WallarooError)) throw error;
    });
  }
}

function settled(cells: Cells, outcomes: readonly AppendOutcome[]): void {
  if (outcomes.includes("ok")) return;
  throw externalError(
    "store_unavailable",
    cells.doubt === undefined
      ? `${cells.where} did not confirm a write (${outcomes.join(", ")}): look at its log`
      : `${cells.where} did not confirm a write: ${cells.doubt}. If it is only slow, ?timeout= ` +
          "in its URL gives it longer",
  );
}

function ignores(cells: Cells, what: string): WallarooError {
  return new WallarooError(
    "store_ignores_conditions",
    `${cells.where} ignores conditions: ${what}. Two coordinators could both decide there: use a ` +
      "store that honours If-None-Match and If-Match",
    { domain: "user" },
  );
}
