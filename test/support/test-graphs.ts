/** Small graphs for tests of `wallaroo/testing`. */
import {
  app,
  type App,
  type Codec,
  json,
  memory,
  raw,
  type Stream,
  tcp,
} from "../../src/api/mod.ts";

/** A text of JSON that is a number. */
const number: Codec<number> = {
  encode: (value, into) => json().encode(value, into),
  decode: (bytes, start, end) => {
    const value = json().decode(bytes, start, end);
    if (typeof value === "number") return value;
    throw new TypeError(`${typeof value} is no number`);
  },
};

const none = memory.sink<never>().sink;

/** A source of texts of JSON over TCP, `in`, and a sink `out`. */
export function graph<O>(name: string, build: (stream: Stream<number>) => Stream<O>): App {
  return app(name, (flow) => {
    const source = flow.source("in", tcp.listen({ port: 7010, frame: "u32be", decode: number }));
    build(source).sink("out", none);
  });
}

/** Bytes in, bytes out. */
export const bytes = app("bytes", (flow) => {
  flow
    .source("in", tcp.listen({ port: 7010, frame: "u32be", decode: raw }))
    .sink("out", tcp.connect({ port: 7011, frame: "u32be", encode: raw }));
});
