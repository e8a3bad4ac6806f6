/**
 * The code around a compiled chain: the loop over the records of a batch, once for records and once
 * for bytes, which are decoded on the way. Names: `C` the task's control, `S` its time cell.
 */
import { NO_NUMBER } from "../model/source.ts";

/** `(source) => run` as text; `body` is what happens to a record `r`. */
export function sourceCode(body: string): string {
  const loop = (read: string): string => `
    while (i < until) {
      const at = i++;
      C.index = at;
      S.time = times === undefined ? time : times[at];
      ${read}
      ${body}
      n++;
      if (C.stop) break;
    }`;
  return `(source) => {
    const decoder = source.source.decode, context = source.context;
    return (batch, from, until) => {
      const times = batch.times, time = batch.time, records = batch.records;
      let i = from, n = 0;
      try {
        if (records !== undefined) {
          ${loop("const r = records[at]; if (r === undefined) continue;")}
        } else if (decoder === undefined) {
          source.read(batch, i);
        } else {
          const bytes = batch.bytes, starts = batch.starts, ends = batch.ends;
          ${loop(`let r;
            try { r = decoder.decode(bytes, starts[at], ends[at], context); }
            catch (e) { source.reject(e, bytes, starts[at], ends[at]); continue; }
            if (r === undefined) continue;`)}
        }
      } finally { source.records += n; }
      return i;
    };
  }`;
}

/**
 * `run` for batches from another task; `body` is what happens to a record `r` of key `k`. With a
 * `table`, `m` is the key's number, `NO_NUMBER` where it has none, and `found` what is known of it.
 */
export function exchangeLoop(cell: string, body: string, table?: string): string {
  const found = `const found = given === undefined ? undefined : ${table}.foundBy(given);`;
  return `(batch, from, until) => {
    const given = batch.numbers, times = batch.times, time = batch.time;
    const numbers = given === undefined ? undefined : given.numbers;
    const texts = given === undefined ? undefined : given.texts;
    const records = texts === undefined ? batch.records : undefined;
    const keys = texts === undefined ? batch.keys : undefined;
    ${table === undefined ? "" : found}
    let i = from;
    while (i < until) {
      const at = i++;
      C.index = at;
      S.time = times === undefined ? time : times[at];
      const m = numbers === undefined ? ${NO_NUMBER} : numbers[at];
      const r = texts === undefined ? records[at] : texts[m];
      const k = texts !== undefined ? r : keys === undefined ? "" : keys[at];
      ${cell}.key = k;
      ${body}
      if (C.stop) break;
    }
    return i;
  }`;
}
