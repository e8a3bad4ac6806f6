import { expect, test } from "bun:test";
import { Prng } from "../../../src/base/prng.ts";
import { wayBack, type WayBackView } from "../../../src/coordinator/way-back.ts";
import type { Manifest } from "../../../src/model/checkpoint.ts";
import type { Outside } from "../../../src/planner/outside.ts";

const FILE = { size: 1, sha256: "", epoch: 1 };
const OUTSIDE: Outside = {
  sources: [{ name: "in", canGoBack: true }],
  sinks: [{ name: "out", delivery: "exactly-once", commits: true }],
};

/** Each checkpoint has one file of its own, and one that all have. */
function manifest(epoch: number, more: Partial<Manifest> = {}): Manifest {
  const files = ["all", `f${epoch}`].map((name) => ({ ...FILE, name }));
  const positions = [{ source: "in", split: "a", position: epoch, isDone: false }];
  const kept = { tasks: [{ steps: [], files }], positions, committables: [], version: "v" };
  // No more of a manifest is asked.
  return { epoch, ...kept, ...more } as unknown as Manifest;
}

const shows = (sink: string): Partial<Manifest> => ({
  committables: [{ sink, target: undefined, index: 0, pending: 1 }],
});

function view(more: Partial<WayBackView> = {}): WayBackView {
  return {
    job: "counts",
    kept: [manifest(7), manifest(8), manifest(9)],
    damaged: new Set(["f9"]),
    savepoints: [{ name: "sp-8", epoch: 8 }],
    outside: OUTSIDE,
    version: "v",
    ...more,
  };
}

const whyNot = (more: Partial<WayBackView>): string => {
  const way = wayBack(view(more));
  return "why" in way ? way.why : `back to ${way.to.epoch}`;
};

test("the newest one that is whole is gone back to, where nobody can tell", () => {
  const way = wayBack(view());
  expect(way).toMatchObject({ to: { epoch: 8 }, gaveUp: [{ epoch: 9 }] });
  const both = wayBack(view({ damaged: new Set(["f8", "f9"]), savepoints: [] }));
  expect(both).toMatchObject({ to: { epoch: 7 }, gaveUp: [{ epoch: 8 }, { epoch: 9 }] });
});

test("without one that is whole there is nothing to go back to", () => {
  expect(whyNot({ kept: [manifest(9)] })).toBe("no older checkpoint is kept");
  expect(whyNot({ damaged: new Set(["all"]) })).toBe(
    "of the older ones that are kept, 7 and 8, none is whole",
  );
});

test("what was kept before a restore is not gone back to by itself, and is named", () => {
  const kept = [manifest(9)];
  const before = [manifest(6), manifest(8)];
  const to = (epoch: number): string =>
    `checkpoint ${epoch} is whole, and is not gone back to without being asked: the job was ` +
    "restored from a newer one since. Put the files back from a copy, or, if that may be, " +
    `\`wallaroo restore counts --from ${epoch} --accept-duplicates\`; a job of \`wallaroo run ` +
    `--data\` is run again with \`--from ${epoch} --accept-duplicates\``;
  expect(whyNot({ kept, before })).toBe(to(8));
  expect(whyNot({ kept, before, damaged: new Set(["f9", "f8"]) })).toBe(to(6));
  expect(whyNot({ kept, before, damaged: new Set(["all"]) })).toBe(
    "of the older ones that are kept, 6 and 8, none is whole",
  );
});

test("it is said who stands in the way, and what can be done", () => {
  const shown = [manifest(7), manifest(8), manifest(9, shows("out"))];
  expect(whyNot({ kept: shown })).toBe(
    "checkpoint 8 is whole, and is not gone back to without being asked: " +
      'sink "out" has committed output of 9, which would come twice. ' +
      "Put the files back from a copy, or, if that may be, " +
      "`wallaroo restore counts --from 8 --accept-duplicates`; a job of `wallaroo run --data` is " +
      "run again with `--from 8 --accept-duplicates`",
  );
  const kept = shown.with(2, manifest(9));
  expect(whyNot({ kept, savepoints: [{ name: "sp-9", epoch: 9 }] })).toContain(
    "sp-9 was kept since",
  );
  expect(whyNot({ version: "w" })).toContain(
    "another version of the app, or other options, made 8",
  );
  expect(whyNot({ outside: undefined })).toContain("the engine that deployed the job did not note");
  const gone = { ...OUTSIDE, sinks: [] };
  expect(whyNot({ kept: shown, outside: gone })).toContain('"out" is not in the app any more');
});

test("a sink is judged by what it promises", () => {
  const promising = (sink: Outside["sinks"][number], kept = view().kept): string =>
    whyNot({ kept, outside: { ...OUTSIDE, sinks: [sink] } });
  const shown = [manifest(8), manifest(9, shows("out"))];
  const out = { name: "out", commits: true };
  for (const delivery of ["at-least-once", "at-most-once"] as const) {
    expect(promising({ ...out, delivery }, shown)).toBe("back to 8");
  }
  expect(promising({ ...out, delivery: "exactly-once" })).toBe("back to 8");
  expect(promising({ ...out, delivery: "exactly-once", commits: false })).toContain(
    'sink "out" promises exactly-once without transactions',
  );
  expect(promising({ ...out, delivery: undefined })).toContain("what the targets of sink");
});

test("a source that may let go of what is durable has to be where it was", () => {
  const outside = { ...OUTSIDE, sources: [{ name: "in", canGoBack: false }] };
  expect(whyNot({ outside })).toContain('source "in" may not have any more what came behind it');
  const at = (epoch: number, position: unknown): Manifest =>
    manifest(epoch, {
      positions: [{ source: "in", split: "a", position, isDone: false }] as never,
    });
  expect(whyNot({ outside, kept: [at(8, 5), at(9, 5)] })).toBe("back to 8");
  expect(whyNot({ outside, kept: [at(8, undefined), at(9, undefined)] })).toContain('source "in"');
  expect(whyNot({ outside, kept: [at(8, 5), at(9, 6)] })).toContain('source "in"');
});

test("whatever there is, a way back leads to one that is whole, and shows nothing twice", () => {
  const prng = new Prng(1);
  const flip = (): boolean => prng.below(3) === 0;
  let ways = 0;
  for (let i = 0; i < 20_000; i++) {
    const count = 1 + prng.below(4);
    const kept = Array.from({ length: count }, (_, epoch) =>
      manifest(epoch, {
        ...(flip() ? shows("out") : {}),
        version: prng.below(10) === 0 ? "w" : "v",
        positions: [{ source: "in", split: "a", position: flip() ? epoch : 0, isDone: false }],
      }),
    );
    const damaged = new Set(kept.flatMap(({ epoch }) => (flip() ? [`f${epoch}`] : [])));
    damaged.add(`f${count - 1}`);
    const outside: Outside = {
      sources: [{ name: "in", canGoBack: !flip() }],
      sinks: [
        {
          name: "out",
          delivery: (["exactly-once", "at-least-once", undefined] as const)[prng.below(3)],
          commits: !flip(),
        },
      ],
    };
    const savepoints = flip() ? [{ name: "sp", epoch: prng.below(4) }] : [];
    const way = wayBack({ job: "a", kept, damaged, savepoints, outside, version: "v" });
    if ("why" in way) continue;
    ways++;
    const { to, gaveUp } = way;
    expect(damaged.has(`f${to.epoch}`)).toBeFalse();
    expect(gaveUp.map(({ epoch }) => epoch)).toEqual(
      kept.map(({ epoch }) => epoch).filter((epoch) => epoch > to.epoch),
    );
    expect([to, ...gaveUp].every(({ version }) => version === "v")).toBeTrue();
    expect(savepoints.every(({ epoch }) => epoch <= to.epoch)).toBeTrue();
    const [sink] = outside.sinks;
    if (sink!.delivery !== "at-least-once") {
      expect([sink!.delivery, sink!.commits]).toEqual(["exactly-once", true]);
      expect(gaveUp.flatMap(({ committables }) => committables)).toEqual([]);
    }
    if (outside.sources[0]!.canGoBack) continue;
    const position = to.positions[0]!.position!;
    for (const { positions } of gaveUp) expect(positions[0]!.position).toEqual(position);
  }
  expect(ways).toBeGreaterThan(500);
}, 20_000);
