import { expect, test } from "bun:test";
import { instanceOf, KeyBook, numberOf, UNKNOWN } from "../../../src/exchange/key-book.ts";
import { NO_NUMBER } from "../../../src/model/source.ts";
import { KNOWN_KEY_UNITS_MAX, KNOWN_KEYS_MAX } from "../../../src/model/wire-limits.ts";

/** Asks for keys as an exit does: those of odd length go to the second instance. */
function asker() {
  const book = new KeyBook(2);
  let records = 0;
  const ask = (key: string) => {
    records++;
    const place = book.find(key);
    if (place !== UNKNOWN) return { instance: instanceOf(place), number: numberOf(place) };
    const instance = key.length % 2;
    return { instance, number: book.learn(key, instance, records) };
  };
  return { book, ask };
}

/** Texts of one length, none a part of another. */
function keys(count: number, first = 0): string[] {
  return Array.from({ length: count }, (_, i) => `key-${String(first + i).padStart(7, "0")}`);
}

test("each channel counts its texts on its own, and each keeps its number", () => {
  const { ask } = asker();
  const texts = ["", "a", "bb", "ü", "cc", "日本", "b"];
  const first = texts.map(ask);
  expect(first).toEqual([
    { instance: 0, number: 0 },
    { instance: 1, number: 0 },
    { instance: 0, number: 1 },
    { instance: 1, number: 1 },
    { instance: 0, number: 2 },
    { instance: 0, number: 3 },
    { instance: 1, number: 2 },
  ]);
  expect(texts.map(ask)).toEqual(first);
});

test("a book is not judged by keys that came again", () => {
  const { book, ask } = asker();
  const known = keys(KNOWN_KEYS_MAX / 2);
  for (let round = 0; round < 3; round++) known.forEach(ask);
  expect(book.edition).toBe(1);
  expect(known.map(ask).map(({ number }) => number)).toEqual(known.map((_, i) => i));
});

test("a full book that most keys are in stays; one that many are not in begins anew", () => {
  const { book, ask } = asker();
  const known = keys(KNOWN_KEYS_MAX - 1);
  for (let round = 0; round < 3; round++) known.forEach(ask);
  expect(ask("one more, and it is full").number).toBe(0);
  expect(ask("another one").number).toBe(NO_NUMBER);
  const others = keys(KNOWN_KEYS_MAX, KNOWN_KEYS_MAX);
  /** Of so many keys one is not in the book. */
  const askMixed = (oneIn: number): void => {
    for (const [i, other] of others.entries()) {
      ask(other);
      for (let more = 1; more < oneIn; more++) ask(known[(i * 5 + more) % known.length]!);
    }
  };
  askMixed(5);
  expect(book.edition).toBe(1);
  askMixed(3);
  expect(book.edition).toBe(2);
  expect(ask(others[0]!)).toEqual(ask(others[0]!));
});

test("keys that never come again close the book, for a while", () => {
  const { book, ask } = asker();
  let next = 0;
  const askNew = (count: number) => keys(count, (next += count) - count).map(ask);
  askNew(KNOWN_KEYS_MAX);
  expect(askNew(1)[0]!.number).toBe(NO_NUMBER);
  const closed = askNew(15 * KNOWN_KEYS_MAX);
  expect(closed.every(({ number }) => number === NO_NUMBER)).toBe(true);
  askNew(KNOWN_KEYS_MAX);
  expect(ask("again").number).not.toBe(NO_NUMBER);
  expect(book.find("again")).not.toBe(UNKNOWN);
});

test("long texts have no number", () => {
  const { ask } = asker();
  expect(ask("x".repeat(KNOWN_KEY_UNITS_MAX)).number).toBe(0);
  expect(ask("x".repeat(KNOWN_KEY_UNITS_MAX + 2)).number).toBe(NO_NUMBER);
  expect(ask("x".repeat(KNOWN_KEY_UNITS_MAX + 2)).number).toBe(NO_NUMBER);
});
