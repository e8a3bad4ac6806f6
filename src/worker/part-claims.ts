/**
 * What the readers of one part have claimed by way of the coordinator: see `model/claims`.
 *
 * C1. Behind the part's end nothing is said, and nothing that comes is heard.
 */
import type { ClaimHeard, ClaimSaid } from "../control/messages.ts";
import type { ClaimListener, Claims } from "../model/claims.ts";
import type { Address } from "../ports/network.ts";

/** How readers get to the names of their source. */
export interface ClaimsOfPart {
  of(source: string, isFirst: boolean): Claims;
}

export class PartClaims implements ClaimsOfPart {
  readonly #send: (said: ClaimSaid) => void;
  readonly #host: string;
  readonly #sources = new Map<string, SourceClaims>();
  #isOver = false;
  #isLeaving = false;

  /** `host`: where this worker is reached, for a source that listens at all addresses. */
  constructor(host: string, send: (said: ClaimSaid) => void) {
    this.#host = host;
    this.#send = send;
  }

  of(source: string, isFirst: boolean): Claims {
    const made = new SourceClaims(
      { source, isFirst, host: this.#host },
      () => this.#isLeaving,
      (said) => {
        if (!this.#isOver) this.#send(said); // C1
      },
    );
    this.#sources.set(source, made);
    return made;
  }

  take(heard: ClaimHeard): void {
    if (!this.#isOver) this.#sources.get(heard.source)?.take(heard);
  }

  /** The worker goes: producers had better go to others. */
  leave(): void {
    this.#isLeaving = true;
  }

  /** C1 */
  end(): void {
    this.#isOver = true;
  }
}

interface ClaimingSource {
  readonly source: string;
  readonly isFirst: boolean;
  readonly host: string;
}

class SourceClaims implements Claims {
  readonly isFirst: boolean;
  readonly #source: string;
  readonly #host: string;
  readonly #isLeaving: () => boolean;
  readonly #send: (said: ClaimSaid) => void;
  readonly #others: Address[] = [];
  #listener: ClaimListener | undefined;

  constructor(
    { source, isFirst, host }: ClaimingSource,
    isLeaving: () => boolean,
    send: (said: ClaimSaid) => void,
  ) {
    this.isFirst = isFirst;
    this.#source = source;
    this.#host = host;
    this.#isLeaving = isLeaving;
    this.#send = send;
  }

  use(listener: ClaimListener): void {
    this.#listener = listener;
  }

  claim(name: string, room: number | undefined): void {
    const isNew = room !== undefined;
    this.#send({ type: "claim", source: this.#source, name, isNew, room: room ?? 0 });
  }

  giveUp(name: string, left: string): void {
    this.#send({ type: "give_up", source: this.#source, name, left });
  }

  listens(addresses: readonly Address[]): void {
    const known = addresses.map((address) => {
      return isAny(address.host) ? { ...address, host: this.#host } : address;
    });
    this.#send({ type: "listens", source: this.#source, addresses: known });
  }

  elsewhere(): readonly Address[] {
    return this.#isLeaving() ? this.#others : [];
  }

  take(heard: ClaimHeard): void {
    if (heard.type === "others") this.#others.push(...heard.addresses);
    else if (heard.type === "claim_free") this.#listener?.freed(heard.name);
    else this.#listener?.answered(heard.name, heard.answer);
  }
}

function isAny(host: string): boolean {
  return host === "0.0.0.0" || host === "::" || host === "";
}
