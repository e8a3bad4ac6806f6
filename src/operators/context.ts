/** The `ctx` of users' functions: one object per step, used again for every record. */
import { userError } from "../base/errors.ts";
import type { KeyedContext, Position, StepLogger } from "../model/context.ts";
import type { Key } from "../model/key.ts";
import type { StateSpec } from "../model/state-spec.ts";
import type { StateTable } from "../state/keyed-state.ts";
import type { TaskControl } from "./control.ts";
import { ownOutput } from "./own-state.ts";

/** The event time of the record in hand, shared by all steps of a chain. */
export class TimeCell {
  time = 0;
}

/** The key of the record in hand, shared by the steps behind one `keyBy`. */
export class KeyCell {
  key: Key = "";
}

export class OperatorContext implements KeyedContext {
  readonly step: string;
  readonly log: StepLogger;
  readonly #control: TaskControl;
  readonly #time: TimeCell;
  readonly #key: KeyCell | undefined;
  readonly #table: StateTable<unknown> | undefined;
  readonly #sides: (readonly [number, unknown])[] = [];
  #sideNames: readonly string[] = [];
  /** What a guarded call may change: put aside, it is copied. */
  ownState: { readonly value: unknown; readonly spec: StateSpec<unknown> } | undefined = undefined;

  constructor(
    step: string,
    log: StepLogger,
    control: TaskControl,
    time: TimeCell,
    key?: KeyCell,
    table?: StateTable<unknown>,
  ) {
    this.step = step;
    this.log = log;
    this.#control = control;
    this.#time = time;
    this.#key = key;
    this.#table = table;
  }

  get time(): number {
    return this.#time.time;
  }

  get position(): Position | undefined {
    return this.#control.position();
  }

  get key(): Key {
    return this.#key?.key ?? "";
  }

  get watermark(): number {
    return Number.NEGATIVE_INFINITY;
  }

  get meta(): Readonly<Record<string, unknown>> | undefined {
    return this.#control.meta();
  }

  side(name: string, value: unknown): void {
    const index = this.#sideNames.indexOf(name);
    if (index === -1) {
      const known = this.#sideNames.join(", ") || "none";
      throw userError(
        "no_such_side",
        `ctx.side("${name}"): step "${this.step}" declares no such side output ` +
          `(it has: ${known}); ` +
          "add it to { side: { ... } } in the step's options",
      );
    }
    const own = this.ownState;
    const side = own === undefined ? value : ownOutput(value, own.value, own.spec);
    this.#sides.push([index, side]);
  }

  /** The side outputs that the step declares. */
  declareSides(names: readonly string[]): void {
    this.#sideNames = names;
  }

  get hasSides(): boolean {
    return this.#sides.length > 0;
  }

  takeSides(): readonly (readonly [number, unknown])[] {
    return this.#sides.splice(0);
  }

  dropSides(): void {
    this.#sides.length = 0;
  }

  clear(): void {
    if (this.#key !== undefined) this.#table?.remove(this.#key.key);
  }
}
