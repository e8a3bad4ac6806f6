import { expect, test } from "bun:test";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { initAuthority, issueIn, type IssueRequest } from "../../../src/host/ca-folder.ts";

const NOW = new Date("2026-05-01T00:00:00Z").getTime();

function folder() {
  const path = mkdtempSync(join(tmpdir(), "wallaroo-ca-"));
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) };
}

const request = (changes: Partial<IssueRequest> = {}): IssueRequest => ({
  role: "worker",
  name: "w-1",
  hosts: [],
  days: 30,
  now: NOW,
  ...changes,
});

test("an authority and what it issues are files that only their owner reads", async () => {
  using dir = folder();
  const ca = join(dir.path, "ca");
  const made = await initAuthority(ca, { days: 100, now: NOW });
  expect(made.until.toISOString()).toBe("2026-08-09T00:00:00.000Z");
  const issued = await issueIn(ca, request());
  expect(issued.until.toISOString()).toBe("2026-05-31T00:00:00.000Z");
  expect(readdirSync(ca).sort()).toEqual(["ca.key", "ca.pem", "w-1.key", "w-1.pem"]);
  for (const name of readdirSync(ca)) expect(statSync(join(ca, name)).mode & 0o777).toBe(0o600);
  expect(statSync(ca).mode & 0o777).toBe(0o700);
});

test("nothing is written over", async () => {
  using dir = folder();
  await initAuthority(dir.path, { days: 100, now: NOW });
  const key = readFileSync(join(dir.path, "ca.key"), "utf8");
  await expect(initAuthority(dir.path, { days: 1, now: NOW })).rejects.toThrow(/is there already/);
  expect(readFileSync(join(dir.path, "ca.key"), "utf8")).toBe(key);
  await issueIn(dir.path, request());
  rmSync(join(dir.path, "w-1.pem"));
  await expect(issueIn(dir.path, request())).rejects.toThrow(/w-1\.key is there already/);
});

test.each<[string, Partial<IssueRequest>, RegExp]>([
  ["a name with a path", { name: "../w" }, /"..\/w" is no name/],
  ["the authority's own name", { name: "ca" }, /"ca" is no name/],
  ["a host with a port", { hosts: ["a.example:7400"] }, /neither an IP address nor a DNS name/],
  ["a host with a comma", { hosts: ["a, URI:wallaroo://worker/w-2"] }, /--host .* is neither/],
  ["more days than the authority has", { days: 101 }, /101 days are longer .* 100 days/],
])("%s is refused, and nothing is written", async (_, changes, why) => {
  using dir = folder();
  await initAuthority(dir.path, { days: 100, now: NOW });
  await expect(issueIn(dir.path, request(changes))).rejects.toThrow(why);
  expect(readdirSync(dir.path).sort()).toEqual(["ca.key", "ca.pem"]);
});

test("a folder without an authority says how to make one", async () => {
  using dir = folder();
  await expect(issueIn(dir.path, request())).rejects.toThrow(/wallaroo ca init/);
});

test("an authority in a file, or below one, is told as a mistake of the path", async () => {
  const file = join(mkdtempSync(join(tmpdir(), "wallaroo-ca-")), "file");
  writeFileSync(file, "");
  for (const folder of [file, join(file, "ca")]) {
    await expect(initAuthority(folder, { days: 1, now: 0 })).rejects.toMatchObject({
      code: "cannot_write",
      message: expect.stringMatching(/^no folder .* can be made: .*file.*\(E\w+\)$/) as string,
    });
  }
  rmSync(dirname(file), { recursive: true });
});
