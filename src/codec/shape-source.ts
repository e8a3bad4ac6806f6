/**
 * The source text of a shape's encoder and decoder. Generated, because code that knows its fields
 * reads them at fixed places, checks and makes an object at once, and is compiled as one piece.
 *
 * A record is its numbers and booleans, then its texts, then its leaves, each in the order of the
 * fields. Names from outside appear only as JSON strings; all else is numbers and names of ours.
 */
import { FORM, KIND, type Shape } from "./shape-kinds.ts";
import { LONG_ASCII, TEXT_BYTES_PER_UNIT, TEXT_LENGTH_BYTES } from "./shape-text.ts";

interface Place {
  readonly index: number;
  /** From the start of the record, for numbers and booleans. */
  readonly offset: number;
}

interface Layout {
  readonly i32: readonly Place[];
  readonly f64: readonly Place[];
  readonly boolean: readonly Place[];
  readonly text: readonly Place[];
  readonly leaf: readonly Place[];
  readonly fixedBytes: number;
}

const SIZE: Readonly<Record<number, number>> = { [KIND.i32]: 4, [KIND.f64]: 8, [KIND.boolean]: 1 };

function layoutOf({ kinds }: Shape): Layout {
  let offset = 0;
  const placed = kinds.map((kind, index) => {
    const place = { kind, index, offset };
    offset += SIZE[kind] ?? 0;
    return place;
  });
  const of = (kind: number): Place[] => placed.filter((place) => place.kind === kind);
  return {
    i32: of(KIND.i32),
    f64: of(KIND.f64),
    boolean: of(KIND.boolean),
    text: of(KIND.text),
    leaf: of(KIND.leaf),
    fixedBytes: offset,
  };
}

/** Body of a function over `tools` whose result is `encodeRun(records, i, end, into, stopAt)`: it
 *  writes records from `i` on, and returns the index of the first it did not write. */
export function encoderSource(shape: Shape): string {
  const layout = layoutOf(shape);
  const { fixedBytes, text } = layout;
  const units = text.map(({ index }) => `v${index}.length`).join(" + ");
  const most = fixedBytes + text.length * TEXT_LENGTH_BYTES;
  const room = units === "" ? `${most}` : `${most} + (${units}) * ${TEXT_BYTES_PER_UNIT}`;
  return `"use strict";
const { OBJECT, putText, writeLeaf, tooLong, RECORD_BYTES_MAX } = tools;
const { getPrototypeOf, keys } = Object;
return function encodeRun(records, i, end, into, stopAt) {
  let { buffer, view, at } = into;
  for (; i < end; i++) {
    const r = records[i];
    ${checks(shape)}
    ${shape.kinds.map((_, k) => `const v${k} = ${access(shape, k)};`).join("\n    ")}
    ${shape.kinds.map((kind, k) => kindCheck(shape, kind, k)).join("\n    ")}
    const start = at;
    const room = ${room};
    if (at + room > buffer.length) {
      into.at = at;
      into.reserve(room);
      ({ buffer, view } = into);
    }
    ${putFixed(layout).join("\n    ")}
    at += ${fixedBytes};
    ${text.map(({ index }) => putTextOf(index)).join("\n    ")}
    ${leaves(layout)}
    if (at - start > RECORD_BYTES_MAX) throw tooLong(at - start);
    if (at >= stopAt) { i++; break; }
  }
  into.at = at;
  return i;
};`;
}

function checks({ form, names }: Shape): string {
  if (form === FORM.bare) return `if (typeof r === "object" && r !== null) break;`;
  if (form === FORM.tuple) return `if (!Array.isArray(r) || r.length !== ${names.length}) break;`;
  const equal = names.map((name, k) => `k[${k}] === ${JSON.stringify(name)}`).join(" && ");
  return `if (typeof r !== "object" || r === null || getPrototypeOf(r) !== OBJECT) break;
    const k = keys(r);
    if (!(k.length === ${names.length} && ${equal})) break;`;
}

function access({ form, names }: Shape, index: number): string {
  if (form === FORM.bare) return "r";
  return form === FORM.tuple ? `r[${index}]` : `r[${JSON.stringify(names[index])}]`;
}

function kindCheck(shape: Shape, kind: number, k: number): string {
  switch (kind) {
    case KIND.text:
      return `if (typeof v${k} !== "string") break;`;
    case KIND.f64:
      return `if (typeof v${k} !== "number") break;`;
    case KIND.boolean:
      return `if (typeof v${k} !== "boolean") break;`;
    case KIND.i32:
      // The type first: `|` throws for a bigint, and would call methods of an object.
      return `if (typeof v${k} !== "number" || (v${k} | 0) !== v${k}) break;
    if (v${k} === 0 && 1 / v${k} < 0) break;`;
    default:
      // A hole is not undefined, and not plain data.
      return shape.form === FORM.tuple ? `if (v${k} === undefined && !(${k} in r)) break;` : "";
  }
}

function putFixed({ i32, f64, boolean }: Layout): string[] {
  return [
    ...f64.map(({ index, offset }) => `view.setFloat64(at + ${offset}, v${index});`),
    ...i32.map(({ index, offset }) => `view.setInt32(at + ${offset}, v${index});`),
    ...boolean.map(({ index, offset }) => `buffer[at + ${offset}] = v${index} ? 1 : 0;`),
  ];
}

function putTextOf(index: number): string {
  return `at = putText(buffer, view, at, v${index});
    if (at < 0) { at = start; break; }`;
}

/** The general form is tried where a leaf is not plain: it knows the path for the message. */
function leaves({ leaf }: Layout): string {
  if (leaf.length === 0) return "";
  const writes = leaf.map(({ index }) => `writeLeaf(v${index}, into);`).join(" ");
  return `into.at = at;
    try { ${writes} } catch { at = start; break; }
    ({ buffer, view, at } = into);`;
}

/** Body of a function over `tools` whose result is `decodeRun(from, into, i, end)`: it reads
 *  records into `into[i]` and on. */
export function decoderSource(shape: Shape): string {
  const layout = layoutOf(shape);
  const { fixedBytes, text, leaf } = layout;
  return `"use strict";
const { readers, readLeaf, tooShort, badBoolean } = tools;
${[...text, ...leaf].map(({ index }) => `const t${index} = readers[${index}];`).join("\n")}
return function decodeRun(from, into, i, end) {
  const { buffer, view, end: last } = from;
  let at = from.at;
  for (; i < end; i++) {
    if (last - at < ${fixedBytes + text.length}) throw tooShort(at);
    ${getFixed(layout).join("\n    ")}
    at += ${fixedBytes};
    ${text.length === 0 ? "" : "let size = 0, mark = 0;"}
    ${text.map(({ index }) => getText(index)).join("\n    ")}
    ${getLeaves(layout)}
    into[i] = ${result(shape)};
  }
  from.at = at;
};`;
}

function getFixed({ i32, f64, boolean }: Layout): string[] {
  return [
    ...f64.map(({ index, offset }) => `const v${index} = view.getFloat64(at + ${offset});`),
    ...i32.map(({ index, offset }) => `const v${index} = view.getInt32(at + ${offset});`),
    ...boolean.map(
      ({ index, offset }) => `const b${index} = buffer[at + ${offset}];
    if (b${index} > 1) throw badBoolean(at + ${offset});
    const v${index} = b${index} === 1;`,
    ),
  ];
}

function getText(k: number): string {
  return `if (at >= last) throw tooShort(at);
    mark = size = buffer[at++];
    if (mark >= ${LONG_ASCII}) {
      if (last - at < 4) throw tooShort(at);
      size = view.getUint32(at);
      at += 4;
    }
    if (size > last - at) throw tooShort(at);
    const v${k} = t${k}.read(buffer, at, size, mark);
    at += size;`;
}

function getLeaves({ leaf }: Layout): string {
  if (leaf.length === 0) return "";
  const reads = leaf.map(({ index }) => `const v${index} = readLeaf(from, t${index});`).join(" ");
  return `from.at = at; ${reads} at = from.at;`;
}

function result({ form, names }: Shape): string {
  if (form === FORM.bare) return "v0";
  if (form === FORM.tuple) return `[${names.map((_, k) => `v${k}`).join(", ")}]`;
  return `{ ${names.map((name, k) => `${JSON.stringify(name)}: v${k}`).join(", ")} }`;
}
