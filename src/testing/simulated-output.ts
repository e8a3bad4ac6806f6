/** What the sinks of a simulated run committed, and how two runs differ. */
import { ByteWriter } from "../base/bytes.ts";
import { plainText } from "../base/plain.ts";
import { hasToPlain, TO_PLAIN } from "../base/to-plain.ts";
import { writePlain } from "../codec/plain-write.ts";
import { memory, type MemorySink } from "../connectors/memory/mod.ts";
import type { Key } from "../model/key.ts";
import type { KeyTap } from "../model/pipeline.ts";
import type { Sink } from "../model/sink.ts";
import type { SinkOrder } from "./sink-order.ts";

const TEXT_MAX = 200;

/** A record as it was when a sink was given it. */
interface Written {
  /** Equal for equal records only. */
  readonly key: string;
  /** For people. */
  readonly text: string;
  /** What it is in order with, for people; absent where no order is defined. */
  readonly line?: string;
}

/** What takes the place of a sink, and of whoever looks on there. */
export interface KeptSink {
  readonly sink: Sink<unknown>;
  readonly tap?: KeyTap;
}

const ALL = "all records";

/** Of a whole run, whichever process wrote. */
export class SimulatedOutput {
  readonly #sinks = new Map<string, MemorySink<Written>>();
  readonly #ignored: readonly string[];
  /** Fields of all records that were written. */
  readonly #fields = new Set<string>();

  /** `ignored`: fields of records that are not compared. */
  constructor(ignored: readonly string[]) {
    this.#ignored = ignored;
  }

  /** What takes the place of a sink, or of a target of `sinkEach`, on one worker. */
  sink(name: string, order?: SinkOrder): KeptSink {
    const kept = this.#sinks.get(name) ?? memory.sink<Written>();
    this.#sinks.set(name, kept);
    const keys: Key[] = [];
    const lines = (count: number): readonly (string | undefined)[] => {
      if (order === undefined) return [];
      if (order === "all") return Array.from({ length: count }, () => ALL);
      return keys.splice(0, count).map((key) => `those of key ${JSON.stringify(key)}`);
    };
    const sink: Sink<unknown> = {
      ...kept.sink,
      open: async (ctx) => {
        const writer = await kept.sink.open(ctx);
        return {
          // State that is emitted may change afterwards: it is written down at once.
          write: (records) => {
            const of = lines(records.length);
            return writer.write(records.map((one, i) => this.#written(one, of[i])));
          },
          flush: () => writer.flush(),
          prepare: (epoch) => writer.prepare(epoch),
          [Symbol.asyncDispose]: () => writer[Symbol.asyncDispose](),
        };
      },
    };
    if (order === undefined || order === "all") return { sink };
    const { keyedBy } = order;
    return { sink, tap: { keyedBy, see: (key) => void keys.push(key) } };
  }

  /** Records that were committed, by sink. */
  get counts(): ReadonlyMap<string, number> {
    return new Map([...this.#sinks].map(([name, { committed }]) => [name, committed.length]));
  }

  /** Fields that are to be left out and that no record has, and those that records have. Nothing
   *  where there was no record. */
  get strangeFields(): { readonly strange: readonly string[]; readonly known: readonly string[] } {
    const known = [...this.#fields].toSorted();
    const isEmpty = [...this.#sinks.values()].every(({ records }) => records.length === 0);
    const strange = isEmpty ? [] : this.#ignored.filter((name) => !this.#fields.has(name));
    return { strange, known };
  }

  /** How this differs from what was to come, sink by sink; undefined where it does not. */
  differenceFrom(wanted: SimulatedOutput): string | undefined {
    const names = new Set([...wanted.#sinks.keys(), ...this.#sinks.keys()]);
    const found = [...names].flatMap((name) => {
      const [before, now] = [wanted.#committed(name), this.#committed(name)];
      const text = difference(before, now) ?? orderDifference(before, now);
      return text === undefined ? [] : [`${name}: ${text}`];
    });
    return found.length === 0 ? undefined : found.join("\n");
  }

  #written(record: unknown, line: string | undefined): Written {
    const plain = isView(record) ? record[TO_PLAIN]() : record;
    if (isObject(plain)) for (const name in plain) this.#fields.add(name);
    const one = written(without(plain, this.#ignored));
    return line === undefined ? one : { ...one, line };
  }

  #committed(name: string): readonly Written[] {
    return this.#sinks.get(name)?.committed ?? [];
  }
}

function written(plain: unknown): Written {
  const text = plainText(plain, TEXT_MAX);
  const into = new ByteWriter();
  try {
    writePlain(plain, into);
  } catch {
    return { key: text, text }; // What is not plain data is compared as far as it is shown.
  }
  return { key: Buffer.from(into.take()).toString("latin1"), text };
}

function without(record: unknown, fields: readonly string[]): unknown {
  if (fields.length === 0 || !isObject(record)) return record;
  return Object.fromEntries(Object.entries(record).filter(([name]) => !fields.includes(name)));
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isView(record: unknown): record is { [TO_PLAIN](): unknown } {
  return typeof record === "object" && record !== null && hasToPlain(record);
}

/** Which records there are too few or too many of, whatever their order. */
function difference(wanted: readonly Written[], got: readonly Written[]): string | undefined {
  const left = new Map<string, { count: number; readonly text: string }>();
  const add = ({ key, text }: Written, by: number): void => {
    const entry = left.get(key) ?? { count: 0, text };
    entry.count += by;
    left.set(key, entry);
  };
  for (const one of wanted) add(one, 1);
  for (const one of got) add(one, -1);
  const all = [...left.values()];
  const sum = (of: readonly { count: number }[]): number =>
    of.reduce((total, { count }) => total + Math.abs(count), 0);
  const missing = all.filter(({ count }) => count > 0);
  const extra = all.filter(({ count }) => count < 0);
  const parts = [
    ...missing.slice(0, 1).map(({ text }) => `${sum(missing)} missing, such as ${text}`),
    ...extra.slice(0, 1).map(({ text }) => `${sum(extra)} too many, such as ${text}`),
  ];
  return parts.length === 0 ? undefined : parts.join("; ");
}

/** Whether the same records came in another order, where one is defined. */
function orderDifference(wanted: readonly Written[], got: readonly Written[]): string | undefined {
  const inOrder = Map.groupBy(wanted, ({ line }) => line);
  const found: string[] = [];
  for (const [line, now] of Map.groupBy(got, (one) => one.line)) {
    if (line === undefined) continue;
    const before = inOrder.get(line) ?? [];
    const at = now.findIndex(({ key }, i) => key !== before[i]?.key);
    if (at < 0) continue;
    const instead = before[at]?.text ?? "nothing";
    found.push(`${line}: number ${at + 1} is ${now[at]!.text}, without faults ${instead}`);
  }
  const more = found.length > 1 ? ` (and of ${found.length - 1} more keys)` : "";
  return found.length === 0 ? undefined : `another order of ${found[0]}${more}`;
}
