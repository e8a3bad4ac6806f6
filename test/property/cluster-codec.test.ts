/** Records of a class of the app's own, that travel between workers by its codec. */
import { expect, test } from "bun:test";
import { app, type Codec, memory, state } from "../../src/api/mod.ts";
import { runOnWorkers } from "../support/local-cluster.ts";
import { socketWorkers } from "../support/socket-workers.ts";

class Point {
  readonly x: number;
  readonly y: number;

  constructor(x: number, y: number) {
    this.x = x;
    this.y = y;
  }

  length(): number {
    return Math.hypot(this.x, this.y);
  }
}

const points: Codec<Point> = {
  encode(point, into) {
    into.f64(point.x);
    into.f64(point.y);
  },
  decode(bytes, start) {
    const view = new DataView(bytes.buffer, bytes.byteOffset + start, 16);
    return new Point(view.getFloat64(0), view.getFloat64(8));
  },
};

test("records of a class keep their methods on the other side", async () => {
  const made = Array.from({ length: 300 }, (_, i) => new Point(3 * i, 4 * i));
  const lengths = app("lengths", (flow) => {
    flow
      .source("points", memory.source(made))
      .keyBy("x", (point) => point.x % 10, { codec: points })
      .mapWithState(
        "length",
        state(() => ({ n: 0 })),
        (point, s) => {
          s.n++;
          return point.length();
        },
      )
      .sink("out", memory.sink<number>().sink);
  });
  using workers = await socketWorkers(3);
  const result = await runOnWorkers(await lengths.build({}), 3, workers);
  expect(result.errors).toEqual([]);
  const got = [...(result.committed["out"] as number[])].sort((a, b) => a - b);
  expect(got).toEqual(made.map((_, i) => 5 * i));
});
