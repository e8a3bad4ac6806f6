import { expect, test } from "bun:test";
import { LineWriter } from "../../../src/host/line-writer.ts";

const dropped = (count: number): string => `dropped ${count}\n`;

test("lines of one turn leave together, in order", async () => {
  const texts: string[] = [];
  const writer = new LineWriter((text) => void texts.push(text), dropped);
  writer.write("a\n");
  writer.write("b\n");
  expect(texts).toEqual([]);
  await writer.flush();
  expect(texts).toEqual(["a\nb\n"]);
});

test("a stuck reader holds a bounded text; above it lines are dropped, and counted", async () => {
  const gate = Promise.withResolvers<void>();
  const texts: string[] = [];
  const writer = new LineWriter((text) => {
    texts.push(text);
    return gate.promise;
  }, dropped);
  const line = `${"x".repeat(9_999)}\n`;
  for (let i = 0; i < 300; i++) writer.write(line);
  // 1 MiB holds 104 lines of 10,000 characters.
  expect(writer.dropped).toBe(300 - 104);
  gate.resolve();
  await writer.flush();
  const all = texts.join("");
  expect(all.split("\n").filter((text) => text.startsWith("x"))).toHaveLength(104);
  expect(all).toContain("dropped 196\n");
  expect(writer.dropped).toBe(0);
});

test("a reader that is gone is no error, and nothing is held for it", async () => {
  const writer = new LineWriter(() => Promise.reject(new Error("EPIPE")), dropped);
  writer.write("a\n");
  await writer.flush();
  writer.write("b\n");
  expect(writer.take()).toBe("");
});

test("what has not left can be taken for a last word", () => {
  const writer = new LineWriter(() => undefined, dropped);
  writer.write("a\n");
  expect(writer.take()).toBe("a\n");
});
