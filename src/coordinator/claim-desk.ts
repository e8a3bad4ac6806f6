/**
 * Who has which name of a source, in one generation: see `model/claims`. Kept nowhere: a generation
 * begins with nothing claimed, from what its checkpoint says.
 *
 * D1. A name is granted to one worker, and to the next only when that one gave it up.
 * D2. What was given up with a name is handed to who gets it next.
 * D3. Who was refused a name hears once when it is free.
 */
import type { ClaimHeard, ClaimSaid } from "../control/messages.ts";
import type { ClaimAnswer } from "../model/claims.ts";
import type { Address } from "../ports/network.ts";

type Claim = ClaimSaid & { readonly type: "claim" };

interface Name {
  /** The worker that has it. */
  holder: string | undefined;
  left: string;
  /** Those who were refused it. */
  readonly waiting: Set<string>;
}

/** What a worker is told. */
export interface ClaimTold {
  readonly worker: string;
  readonly heard: ClaimHeard;
}

export class ClaimDesk {
  readonly #sources = new Map<string, SourceNames>();

  take(worker: string, said: ClaimSaid): readonly ClaimTold[] {
    const { source } = said;
    let names = this.#sources.get(source);
    if (names === undefined) {
      names = new SourceNames(source);
      this.#sources.set(source, names);
    }
    if (said.type === "claim") return names.claim(worker, said);
    if (said.type === "give_up") return names.giveUp(worker, said.name, said.left);
    return names.listens(worker, said.addresses);
  }
}

class SourceNames {
  readonly #source: string;
  readonly #names = new Map<string, Name>();
  readonly #listeners = new Map<string, readonly Address[]>();
  /** Names that no checkpoint knew. */
  #fresh = 0;

  constructor(source: string) {
    this.#source = source;
  }

  claim(worker: string, { name, isNew, room }: Claim): readonly ClaimTold[] {
    const source = this.#source;
    const tell = (answer: ClaimAnswer): readonly ClaimTold[] => [
      { worker, heard: { type: "claimed", source, name, answer } },
    ];
    let known = this.#names.get(name);
    if (known === undefined) {
      if (isNew && this.#fresh >= room) return tell({ type: "full" });
      if (isNew) this.#fresh++;
      known = { holder: undefined, left: "", waiting: new Set() };
      this.#names.set(name, known);
    }
    const { holder, left, waiting } = known;
    if (holder !== undefined && holder !== worker) {
      waiting.add(worker);
      return tell({ type: "taken", by: holder }); // D1
    }
    known.holder = worker;
    waiting.delete(worker);
    return tell({ type: "granted", left }); // D2
  }

  giveUp(worker: string, name: string, left: string): readonly ClaimTold[] {
    const known = this.#names.get(name);
    // Only who has it can give it up.
    if (known?.holder !== worker) return [];
    known.holder = undefined;
    known.left = left;
    const waiting = [...known.waiting];
    known.waiting.clear();
    const heard = { type: "claim_free", source: this.#source, name } as const;
    return waiting.map((other) => ({ worker: other, heard })); // D3
  }

  /** Tells it who else listens, and them of it. */
  listens(worker: string, addresses: readonly Address[]): readonly ClaimTold[] {
    const source = this.#source;
    const told: ClaimTold[] = [];
    const earlier: Address[] = [];
    for (const [other, known] of this.#listeners) {
      if (other === worker) continue;
      earlier.push(...known);
      told.push({ worker: other, heard: { type: "others", source, addresses } });
    }
    this.#listeners.set(worker, addresses);
    if (earlier.length === 0) return told;
    return [...told, { worker, heard: { type: "others", source, addresses: earlier } }];
  }
}
