import type { LogFields } from "../ports/logger.ts";
import type { Key } from "./key.ts";

/** The logger of users' code: lines carry job, step, worker and, where there is one, the key. */
export interface StepLogger {
  debug(text: string, fields?: LogFields): void;
  info(text: string, fields?: LogFields): void;
  warn(text: string, fields?: LogFields): void;
  error(text: string, fields?: LogFields): void;
}

/**
 * Where in its split a record stands: plain data, made by the source. Undefined where the split
 * has no positions (a plain TCP connection) or the record came from another worker.
 */
export type Position = number | string | { readonly [field: string]: number | string | boolean };

/**
 * What a user's function may ask about the record in hand. One object per step, used again for
 * every record: valid only during the call.
 */
export interface StepContext {
  /** The name of the step. */
  readonly step: string;
  /** Event time of the record: ms since the epoch. */
  readonly time: number;
  /** Where the record stood in its split. */
  readonly position: Position | undefined;
  /** Headers and the like of the record, where its connector has some; else undefined. */
  readonly meta: Readonly<Record<string, unknown>> | undefined;
  readonly log: StepLogger;
}

/** What a waiting function may ask. Each call has its own, valid until the call has ended. */
export interface AsyncContext {
  readonly step: string;
  readonly time: number;
  readonly position: Position | undefined;
  /** The same for the same record, also after a restart: for services that tell repeats. */
  readonly id: string;
  /** From 1: grows with each retry. */
  readonly attempt: number;
  /** Aborted when the call took too long, or the job ends. */
  readonly signal: AbortSignal;
  readonly log: StepLogger;
}

/** The `ctx` of a step that declares side outputs, by name and type. */
export interface SideContext<Sides> {
  /** Puts a value into a side output. It leaves when the call has succeeded. */
  side<Name extends keyof Sides & string>(name: Name, value: Sides[Name]): void;
}

/** What a step on a keyed stream may ask besides. */
export interface KeyedContext<K extends Key = Key> extends StepContext {
  readonly key: K;
  /** No record with an earlier event time will follow; -Infinity while that is not known. */
  readonly watermark: number;
  /** Drops all of this step's state for the key; the next record starts afresh. */
  clear(): void;
}
