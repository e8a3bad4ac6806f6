/** What every store must keep, as tests of bun. */
import { expect, test } from "bun:test";
import fc from "fast-check";
import type { Store } from "../../src/ports/store.ts";
import { LogLease } from "../../src/storage/log-lease.ts";
import { codeOf } from "./connector-context.ts";

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const text = (found: Uint8Array | undefined): string | undefined =>
  found === undefined ? undefined : new TextDecoder().decode(found);

let count = 0;
/** Names that no other test of this run, or run before, has used. */
const fresh = (): string => `t-${process.pid}-${Date.now().toString(36)}-${++count}`;

/** `open` gives each time another process's view of one and the same store. */
export function testStoreContract(
  name: string,
  open: () => Promise<Store>,
  { runs = 10 }: { runs?: number } = {},
): void {
  const check = (what: string, run: () => Promise<void>): void =>
    test(`${name}: ${what}`, run, 60_000);

  check("a blob is what was written, as a whole, in ranges and in its size", async () => {
    const { blobs } = await open();
    const pieces = fc.array(fc.uint8Array({ maxLength: 50 }), { maxLength: 5 });
    await fc.assert(
      fc.asyncProperty(pieces, fc.nat(60), fc.nat(60), async (written, from, length) => {
        const blob = `${fresh()}/a.seg`;
        const writer = await blobs.create(blob);
        for (const piece of written) {
          const copy = piece.slice();
          await writer.write(copy, 0, copy.length);
          copy.fill(0);
        }
        await writer.finish();
        await writer.abort();
        const whole = Buffer.concat(written);
        expect(Buffer.from(await blobs.get(blob)).equals(whole)).toBe(true);
        const part = await blobs.read(blob, from, from + length);
        expect(Buffer.from(part).equals(whole.subarray(from, from + length))).toBe(true);
        expect(await blobs.stat(blob)).toMatchObject({ name: blob, size: whole.length });
      }),
      { numRuns: runs },
    );
  });

  check("a large blob is what was written, and can be read across its pieces", async () => {
    const { blobs } = await open();
    const blob = `${fresh()}/large`;
    const block = new Uint8Array(1_500_000).map((_, i) => (i * 31 + (i >> 8)) & 255);
    const writer = await blobs.create(blob);
    for (let i = 0; i < 12; i++) await writer.write(block, 0, block.length);
    expect(await blobs.stat(blob)).toBeUndefined();
    await writer.finish();
    expect((await blobs.stat(blob))!.size).toBe(12 * block.length);
    const middle = await blobs.read(blob, 4 * block.length - 100, 6 * block.length + 100);
    const expected = Buffer.concat([block.subarray(-100), block, block, block.subarray(0, 100)]);
    expect(Buffer.from(middle).equals(expected)).toBe(true);
    await blobs.remove(blob);
    expect(await blobs.stat(blob)).toBeUndefined();
  });

  check("what was given up is absent; what is absent is told; removing it is nothing", async () => {
    const { blobs } = await open();
    const blob = `${fresh()}/a`;
    const writer = await blobs.create(blob);
    await writer.write(bytes("abc"), 0, 3);
    await writer.abort();
    expect(await blobs.stat(blob)).toBeUndefined();
    expect(await codeOf(blobs.get(blob))).toBe("not_found");
    expect(await codeOf(blobs.read(blob, 0, 1))).toBe("not_found");
    await blobs.remove(blob);
    for (const bad of ["../x", "/x", "a//b", ""]) {
      expect(await codeOf(blobs.put(bad, bytes("x")))).toBe("bad_name");
    }
  });

  check("names are listed by their start, all and sorted", async () => {
    const { blobs } = await open();
    const at = fresh();
    const names = ["a", "b-c/d", "b/c", "b/d/e", "b.x", "c0", "c1", "c2"].map((n) => `${at}/${n}`);
    for (const each of names) await blobs.put(each, bytes(each));
    const listed = async (prefix: string): Promise<string[]> =>
      (await blobs.list(prefix)).map((info) => info.name);
    expect(await listed(`${at}/`)).toEqual(names.toSorted());
    expect(await listed(`${at}/b/`)).toEqual([`${at}/b/c`, `${at}/b/d/e`]);
    expect(await listed(`${at}/b`)).toEqual(names.filter((n) => n.includes("/b")).toSorted());
    expect(await listed(`${at}/none`)).toEqual([]);
  });

  check("a slot of a log is won by one of many writers, without gaps", async () => {
    const log = fresh();
    const logs = await Promise.all([open(), open(), open(), open()]);
    const opened = await Promise.all(logs.map((store) => store.log(log)));
    const won: string[] = [];
    await Promise.all(
      opened.map(async (mine, i) => {
        for (let turn = 0; turn < 5; turn++) {
          const record = `${i}.${turn}`;
          const slot = await mine.tail();
          for (;;) {
            const outcome = await mine.append(slot, bytes(record));
            if (outcome === "ok") won.push(record);
            if (outcome !== "unknown") break;
          }
        }
      }),
    );
    const reader = await (await open()).log(log);
    const found: string[] = [];
    for (let slot = 0; slot < (await reader.tail()); slot++)
      found.push(text(await reader.read(slot)) ?? "absent");
    expect(found.toSorted()).toEqual(won.toSorted());
    expect(await codeOf(reader.append(found.length + 1, bytes("x")))).toBe("log_gap");
    expect(await reader.read(found.length)).toBeUndefined();
  });

  check("logs are listed that have records, of one folder", async () => {
    const store = await open();
    const folder = fresh();
    for (const name of ["b", "a", "a/below", "empty"]) {
      const log = await store.log(`${folder}/${name}`);
      if (name !== "empty") expect(await log.append(0, bytes("x"))).toBe("ok");
    }
    await store.blobs.put(`${folder}/blob/x`, bytes("x"));
    const again = await open();
    expect(await again.logs(folder)).toEqual([`${folder}/a`, `${folder}/b`]);
    expect(await again.logs(fresh())).toEqual([]);
    expect(await codeOf(again.logs("../x"))).toBe("bad_name");
  });

  check("the same append again is ok, another content and another writer are not", async () => {
    const log = fresh();
    const [one, two] = [await (await open()).log(log), await (await open()).log(log)];
    expect(await one.append(0, bytes("a"))).toBe("ok");
    expect(await one.append(0, bytes("a"))).toBe("ok");
    expect(await one.append(0, bytes("b"))).toBe("taken");
    expect(await two.append(0, bytes("a"))).toBe("taken");
    expect(await two.append(1, bytes("c"))).toBe("ok");
    expect(text(await one.read(1))).toBe("c");
  });

  check("dropped records stay away, and a writer that slept takes no slot of them", async () => {
    const log = fresh();
    const [leader, sleeper] = [await (await open()).log(log), await (await open()).log(log)];
    for (let slot = 0; slot < 6; slot++)
      expect(await leader.append(slot, bytes(`${slot}`))).toBe("ok");
    await leader.trim(4);
    expect(await sleeper.append(0, bytes("old"))).toBe("taken");
    const again = await (await open()).log(log);
    expect([await again.head(), await again.tail()]).toEqual([4, 6]);
    expect(text(await again.read(4))).toBe("4");
    expect(await codeOf(again.read(3))).toBe("log_gap");
    await again.trim(99);
    const last = await (await open()).log(log);
    expect([await last.head(), await last.tail()]).toEqual([5, 6]);
    expect(await last.append(6, bytes("6"))).toBe("ok");
  });

  check("a lease is swapped by one of those who saw the same, and told to all", async () => {
    const name = fresh();
    const [one, two] = await Promise.all(
      [0, 1].map(async () => new LogLease(await (await open()).log(name))),
    );
    expect(await one!.read()).toBeUndefined();
    expect(await one!.swap(bytes("one"), undefined)).toEqual({ tag: 0 });
    expect(await two!.swap(bytes("two"), undefined)).toBe("lost");
    const held = (await two!.read())!;
    expect(text(held.value)).toBe("one");
    const swaps = await Promise.all([
      one!.swap(bytes("1"), held.tag),
      two!.swap(bytes("2"), held.tag),
    ]);
    expect(swaps.filter((outcome) => outcome === "lost").length).toBe(1);
    const [won] = swaps.filter((outcome) => typeof outcome === "object");
    const now = (await one!.read())!;
    expect([now.tag, text(now.value)]).toEqual([won!.tag, swaps[0] === won ? "1" : "2"]);
  });
}
