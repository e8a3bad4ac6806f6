import { expect, test } from "bun:test";
import * as fc from "fast-check";
import { utf8 } from "../../src/codec/utf8.ts";
import { tcp } from "../../src/connectors/tcp/mod.ts";
import { settle, testWorld } from "../support/connector-context.ts";
import { FakeNetwork } from "../support/fake-network.ts";

type Event =
  | { readonly do: "write"; readonly sizes: readonly number[] }
  | { readonly do: "flush" }
  | { readonly do: "drain"; readonly room: number }
  | { readonly do: "break" };

const event: fc.Arbitrary<Event> = fc.oneof(
  fc
    .array(fc.oneof(fc.nat({ max: 30 }), fc.nat({ max: 90_000 })), { maxLength: 12 })
    .map((sizes) => ({ do: "write" as const, sizes })),
  fc.constant({ do: "flush" as const }),
  fc.nat({ max: 400_000 }).map((room) => ({ do: "drain" as const, room })),
  fc.constant({ do: "break" as const }),
);

test("over any breaks and drains, every record is taken whole once, in order", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(event, { maxLength: 40 }),
      fc.nat({ max: 100 }),
      async (events, room) => {
        const { clock, sink } = testWorld();
        const network = new FakeNetwork();
        network.room = room;
        const ctx = { ...sink(), network };
        const writer = await tcp.connect({ port: 1, frame: "lines", encode: utf8 }).open(ctx);
        const later = async (): Promise<void> => {
          await settle();
          clock.advance(6_000);
          await settle();
          clock.advance(0);
        };
        await later();
        let waiting: Promise<void> | undefined;
        let written = 0;
        const write = (sizes: readonly number[]): void => {
          const records = sizes.map((size) => `${written++}:`.padEnd(size, "."));
          const promise = writer.write(records);
          if (promise === undefined) return;
          waiting = promise.then(() => void (waiting = undefined));
        };
        for (const now of events) {
          await settle();
          if (now.do === "write" && waiting === undefined) write(now.sizes);
          else if (now.do === "flush") writer.flush();
          else if (now.do === "drain") network.last.drain(now.room);
          else if (now.do === "break") {
            network.last.leave();
            await later();
          }
        }
        network.last.drain();
        await waiting;
        await writer.prepare(1);
        const seen: number[] = [];
        for (const { taken } of network.connections) {
          const lines = taken.toString().split("\n").slice(0, -1);
          // A line that begins or ends inside a record is none.
          for (const line of lines) {
            seen.push(/^\d+:\.*$/.test(line) ? Number.parseInt(line, 10) : Number.NaN);
          }
        }
        expect(seen).toEqual(Array.from({ length: written }, (_, i) => i));
      },
    ),
    { numRuns: 150 },
  );
});
