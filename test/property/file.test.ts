/** Files against the simplest model: what was written is what is read, from everywhere. */
import { expect, test } from "bun:test";
import fc from "fast-check";
import { utf8 } from "../../src/codec/utf8.ts";
import { file } from "../../src/connectors/file/mod.ts";
import { FRAME_KINDS, type FrameKind } from "../../src/model/frame.ts";
import { settle, testWorld } from "../support/connector-context.ts";
import { LiveRead, readSplit, recordsOf } from "../support/read-source.ts";

type Frame = Exclude<FrameKind, "none">;
const kinds = FRAME_KINDS.filter((kind): kind is Frame => kind !== "none");

const text = fc
  .string({ unit: "grapheme", maxLength: 40 })
  // A line has no line end inside, and a \r at its end is part of the line end.
  .map((line) => line.replace(/[\r\n]/g, " "));

test("what a sink committed, in any batches and epochs, is what a source reads", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...kinds),
      fc.array(fc.array(fc.array(text, { maxLength: 30 }), { maxLength: 4 }), { maxLength: 4 }),
      async (frame, epochs) => {
        const world = testWorld();
        const sink = file.write({ path: "/out", encode: utf8, frame });
        const committer = await sink.committer!(world.sink());
        for (const [epoch, batches] of epochs.entries()) {
          const writer = await sink.open(world.sink({ generation: epoch + 1 }));
          for (const batch of batches) {
            await writer.write(batch);
            writer.flush();
          }
          const pending = await writer.prepare(epoch + 1);
          expect(pending === undefined).toBe(batches.flat().length === 0);
          if (pending !== undefined) await committer.commit(pending);
          world.disk.crash();
        }
        const expected = epochs.flat(2);
        const source = file.read({ path: "/out", decode: utf8, frame });
        const splits = expected.length === 0 ? [] : await source.splits(world.source);
        const found: string[] = [];
        for (const split of splits) found.push(...(await recordsOf(source, world.source, split)));
        expect(found).toEqual(expected);
      },
    ),
    { numRuns: 100 },
  );
});

test("reading goes on exactly at any record, in any kind of frame", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...kinds),
      fc.array(text, { minLength: 1, maxLength: 200 }),
      fc.nat(),
      async (frame, records, pick) => {
        const world = testWorld();
        const sink = file.write({ path: "/a", encode: utf8, frame, mode: "append" });
        const writer = await sink.open(world.sink());
        await writer.write(records);
        await writer.prepare(1);
        const source = file.read({ path: "/a", decode: utf8, frame });
        const all = await readSplit(source, world.source, "a");
        const i = pick % records.length;
        const { position } = all.flatMap((batch) => batch.records)[i]!;
        expect(await recordsOf(source, world.source, "a", position)).toEqual(records.slice(i));
      },
    ),
    { numRuns: 200 },
  );
});

test("a followed file gives the same lines however its bytes arrive", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(text, { maxLength: 20 }),
      fc.array(fc.nat(), { maxLength: 8 }),
      async (lines, places) => {
        const bytes = Buffer.from(lines.map((line) => `${line}\n`).join(""));
        const cuts = [0, ...places.map((place) => place % (bytes.length + 1)), bytes.length];
        cuts.sort((a, b) => a - b);
        const world = testWorld();
        world.disk.put("/a", "");
        const source = file.read({ path: "/a", decode: utf8, follow: true });
        await using reader = await source.open("a", undefined, world.source);
        const live = new LiveRead(source, reader);
        for (let i = 1; i < cuts.length; i++) {
          world.disk.grow("/a", bytes.subarray(cuts[i - 1], cuts[i]));
          await settle();
          world.clock.advance(200);
          await settle();
        }
        expect(live.values).toEqual(lines);
      },
    ),
    { numRuns: 60 },
  );
});
