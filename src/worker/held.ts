/** The attempt that a worker has, from its order to its end. */
import { messageOf, WallarooError } from "../base/errors.ts";
import {
  isSameGeneration,
  type Deployment,
  type OfJob,
  type Problem,
} from "../control/messages.ts";
import type { ToCoordinator } from "../control/messages.ts";
import type { BuiltApp } from "./app-source.ts";
import { PartClaims } from "./part-claims.ts";
import type { Part } from "./part-contract.ts";

export interface Held {
  readonly of: OfJob;
  part: Part | undefined;
  /** What its sources share with their readers elsewhere. */
  readonly claims: PartClaims;
  /** What was built for it. */
  app: BuiltApp | undefined;
  /** All its input is processed. */
  isDrained: boolean;
  /** A failure was told: one is enough. */
  hasFailed: boolean;
  /** Another order came: what is being made is closed when it is there. */
  isOver: boolean;
}

export function newHeld(order: Deployment, send: (message: ToCoordinator) => void): Held {
  const { job, generation, placement, self } = order;
  const of = { job, generation };
  const host = placement.workers[self]!.data.host;
  const claims = new PartClaims(host, (said) => send({ ...said, ...of }));
  const fresh = { part: undefined, app: undefined };
  return { of, claims, ...fresh, isDrained: false, hasFailed: false, isOver: false };
}

export function isHeld({ of }: Held, { job, generation }: OfJob): boolean {
  return of.job === job && isSameGeneration(of.generation, generation);
}

export function problemOf(error: unknown): Problem {
  const { code, domain, peer } =
    error instanceof WallarooError
      ? error
      : { code: "internal", domain: "internal" as const, peer: undefined };
  return { code, domain, message: messageOf(error), peer };
}
