import { expect, test } from "bun:test";
import { plainFields, plainText } from "../../../src/host/log-fields.ts";

test("secrets are masked in nested fields, in maps and in texts of names and values", () => {
  expect(
    plainFields({
      at: [{ user: "u", password: "p1" }],
      headers: new Map([
        ["Authorization", "p2"],
        ["accept", "x"],
      ]),
      url: "https://me:p3@host/?api_key=p4&n=1",
      body: '{"user":"u","client_secret": "p\\"5","n":1}',
      header: "Bearer abcdefghij",
    }),
  ).toEqual({
    at: [{ user: "u", password: "[masked]" }],
    headers: [
      ["Authorization", "[masked]"],
      ["accept", "x"],
    ],
    url: "https://me:[masked]@host/?api_key=[masked]&n=1",
    body: '{"user":"u","client_secret": [masked],"n":1}',
    header: "Bearer [masked]",
  });
  expect(plainText("login with password=hunter2, then go")).toBe(
    "login with password=[masked], then go",
  );
});

test("a text that only speaks of secrets stays as it is", () => {
  const text = "Unexpected token: } in the cookie jar of a basic user at http://host:80/x@y";
  expect(plainText(text)).toBe(text);
});

test("a graph in which everything leads to everything is cut, and soon", () => {
  let list: unknown[] = [1];
  for (let i = 0; i < 20; i++) list = Array.from({ length: 100 }, () => list);
  expect(JSON.stringify(plainFields({ list })).length).toBeLessThan(100_000);
});

test("what throws when it is looked at spoils no other field", () => {
  const deep = {
    toJSON(): never {
      throw new Error("no json");
    },
    get bad(): never {
      throw new Error("no getter");
    },
  };
  const closed = new Proxy(
    {},
    {
      ownKeys: () => {
        throw new Error("no keys");
      },
    },
  );
  const error = new Error("e");
  Object.defineProperty(error, "stack", {
    get: () => {
      throw new Error("no stack");
    },
  });
  expect(plainFields({ deep, closed, error, good: 1 })).toEqual({
    deep: { toJSON: "[function]", bad: "[unreadable: no getter]" },
    closed: expect.stringContaining("[unreadable: "),
    error: "[unreadable: no stack]",
    good: 1,
  });
  expect(plainFields(closed)).toEqual({ fields: expect.stringContaining("[unreadable: ") });
});

test("what code without types may give is still a line", () => {
  const wild = { toString: () => ({}) };
  for (const text of [undefined, null, 7, Symbol("s"), wild, 10n]) {
    expect(typeof plainText(text)).toBe("string");
  }
  const fields = [null, 7, "text", [1, 2]] as unknown as Record<string, unknown>[];
  expect(fields.map(plainFields)).toEqual([
    {},
    { fields: 7 },
    { fields: "text" },
    { fields: [1, 2] },
  ]);
});

test("long names and texts are cut, with how long they were", () => {
  const fields = plainFields({ ["n".repeat(1_000)]: "x".repeat(20_000) });
  const [[name, value]] = Object.entries(fields) as [[string, string]];
  expect(name).toEndWith("... (1000 characters)");
  expect(value).toEndWith("... (20000 characters)");
});
