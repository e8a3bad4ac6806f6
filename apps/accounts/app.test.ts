import { expect, test } from "bun:test";
import { join } from "node:path";
import { testApp } from "wallaroo/testing";
import accounts from "./app.ts";
import { parse } from "./command.ts";

const linesOf = async (name: string): Promise<string[]> =>
  (await Bun.file(join(import.meta.dir, name)).text()).trimEnd().split("\n");

test("the shipped requests get the expected answers, each to who asked", async () => {
  await using bank = await testApp(accounts);
  const requests = await linesOf("input/requests.txt");
  bank.feed(
    "requests",
    requests.map((value, i) => ({ from: i % 2, value })),
  );
  const answers = await bank.collect<{ from: number; answer: string }>("answers");
  expect(answers.map(({ answer }) => answer)).toEqual(await linesOf("expected/answers.txt"));
  expect(answers.map(({ from }) => from)).toEqual(requests.map((_, i) => i % 2));
});

test("what is no request is told, and changes nothing", async () => {
  expect(parse("withdraw ada 1.5").kind).toBe("unclear");
  expect(parse("deposit ada -3").kind).toBe("unclear");
  expect(parse("deposit ada").kind).toBe("unclear");
  expect(parse("balance ada now").kind).toBe("unclear");
  expect(parse("").kind).toBe("unclear");
  expect(parse("  balance   ada ")).toEqual({ kind: "balance", account: "ada" });
});

test("money is neither made nor lost, whoever asks in whatever order", async () => {
  await using bank = await testApp(accounts);
  const names = ["ada", "bob", "cleo"];
  const requests = Array.from({ length: 2000 }, (_, i) => {
    const verb = i % 3 === 0 ? "withdraw" : "deposit";
    return { from: i % 7, value: `${verb} ${names[i % names.length]} ${1 + ((i * 31) % 90)}` };
  });
  bank.feed("requests", requests);
  const answers = await bank.collect<{ answer: string }>("answers");
  const expected = new Map<string, number>();
  answers.forEach(({ answer }, i) => {
    const [verb, name, cents] = requests[i]!.value.split(" ");
    const before = expected.get(name!) ?? 0;
    const change = verb === "deposit" ? Number(cents) : -Number(cents);
    const isRefused = before + change < 0;
    if (!isRefused) expected.set(name!, before + change);
    const after = expected.get(name!) ?? 0;
    expect(answer).toBe(isRefused ? `refused ${name} has ${after}` : `ok ${name} ${after}`);
  });
});
