import { expect, test } from "bun:test";
import { externalError } from "../../../src/base/errors.ts";
import type { Disk } from "../../../src/ports/disk.ts";
import { EffectDisk } from "../../../src/testing/effects.ts";
import type { EffectAnswer, EffectWatch } from "../../../src/testing/sim-views.ts";
import type { SimHost } from "../../../src/testing/sim-host.ts";
import { World } from "../../../src/testing/world.ts";

/** Stops a process where it is told to. */
interface Stops {
  before?: (host: SimHost, world: World) => EffectAnswer | undefined;
  after?: (host: SimHost) => void;
}

/** A process that makes one effect, at which it may be stopped. */
function stopped(
  stops: Stops,
  work: (disk: Disk, host: SimHost) => Promise<unknown>,
  isFar = false,
) {
  const world = new World(1);
  const host = world.host("a");
  host.disk.put("/a", "x");
  const seen: string[] = [];
  const watch: EffectWatch = {
    before: (by, what) => {
      seen.push(`${by.name} ${what}`);
      return stops.before?.(host, world);
    },
    after: () => stops.after?.(host),
  };
  world.effects = watch;
  const learnt: string[] = [];
  const disk = isFar ? new EffectDisk(host.disk, "store", world, host) : host.ownDisk;
  void work(disk, host).then(
    (result) => learnt.push(`${String(result)} at ${world.clock.monotonic()}`),
    (error: Error) => learnt.push(error.message),
  );
  const after = (ms: number) => {
    world.run(ms);
    return { learnt, paths: host.disk.paths().filter((path) => path !== "/a") };
  };
  return { world, host, seen, after };
}

const rename = (disk: Disk): Promise<void> => disk.rename("/a", "/b");
const link = (disk: Disk): Promise<unknown> => disk.link!("/a", "/b");
const no = externalError("disk", "no answer");

test("a host whose effects nobody looks at has its disk itself", () => {
  const host = new World(1).host("a");
  const disk: unknown = host.ownDisk;
  expect(disk).toBe(host.disk);
});

test("each change of a disk is told, in order, and reads are not", async () => {
  const { after, seen } = stopped({}, async (disk) => {
    const file = await disk.open("/c", "append");
    await file.write(Buffer.from("abc"), 0, 3);
    await file.sync();
    await file.truncate(1);
    await disk.makeFolder("/folder");
    await disk.rename("/c", "/folder/c");
    await disk.syncFolder("/folder");
    const read = await disk.open("/folder/c", "read");
    const { size } = (await disk.stat("/folder/c"))!;
    await read.close();
    await disk.remove("/folder/c");
    return size;
  });
  expect(after(100).learnt).toEqual(["1 at 0"]);
  expect(seen).toEqual([
    "a disk open /c",
    "a disk write /c",
    "a disk sync /c",
    "a disk truncate /c",
    "a disk makeFolder /folder",
    "a disk rename /folder/c",
    "a disk syncFolder /folder",
    "a disk remove /folder/c",
  ]);
});

test("E1 E2: who dies before an effect makes none, who dies after it never learns of it", () => {
  const die = (host: SimHost): undefined => {
    host.crash({ hasPower: true });
  };
  const before = stopped({ before: die }, rename);
  expect(before.after(1_000)).toEqual({ learnt: [], paths: [] });
  const after = stopped({ after: die }, rename);
  expect(after.after(1_000)).toEqual({ learnt: [], paths: ["/b"] });
});

test("E1: a process that is over makes no effect, though others go on", () => {
  const { after, seen } = stopped({}, async (disk, host) => {
    host.crash({ hasPower: true });
    await disk.rename("/a", "/b");
  });
  expect([after(1_000), seen]).toEqual([{ learnt: [], paths: [] }, []]);
});

test("E2: who sleeps after an effect learns of it when it goes on", () => {
  const { world, after } = stopped(
    {
      after: ({ life }) => {
        life.clock.pause();
        world.clock.after(500, () => life.clock.resume());
      },
    },
    rename,
  );
  expect(after(400)).toEqual({ learnt: [], paths: ["/b"] });
  expect(after(200).learnt).toEqual(["undefined at 500"]);
});

test("who is told no may have been heard all the same", () => {
  const { after } = stopped({ before: () => ({ error: no, happensInMs: 0 }) }, rename);
  expect(after(10)).toEqual({ learnt: ["no answer"], paths: ["/b"] });
});

test("E2: who sleeps before an effect makes it when it goes on", () => {
  const { after } = stopped(
    {
      before: ({ life }, world) => {
        life.clock.pause();
        world.clock.after(500, () => life.clock.resume());
        return undefined;
      },
    },
    rename,
  );
  expect(after(400)).toEqual({ learnt: [], paths: [] });
  expect(after(200)).toEqual({ learnt: ["undefined at 500"], paths: ["/b"] });
});

test("what never happens does not, and is told", () => {
  const { after } = stopped({ before: () => ({ error: no, happensInMs: undefined }) }, rename);
  expect(after(10_000)).toEqual({ learnt: ["no answer"], paths: [] });
});

test("E3: a name that is given late has its content, though who asked is dead", () => {
  for (const work of [link, rename]) {
    const { host, after } = stopped(
      {
        before: () => {
          host.crash({ hasPower: true });
          void host.disk.remove("/a");
          return { error: no, happensInMs: 300 };
        },
      },
      work,
      true,
    );
    expect(after(200).paths).not.toContain("/b");
    expect(after(200)).toEqual({ learnt: [], paths: ["/b"] });
    expect(host.disk.text("/b")).toBe("x");
  }
});

test("what nobody stops leaves nothing behind, and a link says when the name is taken", () => {
  const { after } = stopped(
    {},
    async (disk) => {
      await disk.link!("/a", "/b");
      const outcome = await disk.link!("/a", "/b");
      await disk.rename("/b", "/c");
      return outcome;
    },
    true,
  );
  expect(after(10)).toEqual({ learnt: ["taken at 0"], paths: ["/c"] });
});
