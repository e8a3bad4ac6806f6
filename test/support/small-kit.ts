/** A kit of a few files, packed as the executable carries it. */
import { join } from "node:path";
import { packKit } from "../../build-kit.ts";
import type { AppFolder } from "./app-folder.ts";

export const SMALL_KIT: Readonly<Record<string, string>> = {
  "package.json": `{ "name": "wallaroo", "type": "module", "exports": {
    ".": { "types": "./types/api/mod.d.ts", "default": "./api/mod.js" },
    "./runtime": { "types": "./runtime.d.ts" } } }`,
  "api/mod.js": "export const answer = 42;",
  "preload.js":
    'Bun.plugin({ name: "k", setup: (b) => b.module("wallaroo", async () => ' +
    '({ exports: { ...(await import("./api/mod.js")) }, loader: "object" })) });',
  "runtime.d.ts": "declare function shout(text: string): void;",
  "types/api/mod.d.ts": "export declare const answer: number;",
  "types/testing/mod.d.ts": "export declare const question: string;",
};

/** Writes it into a folder; returns its path. */
export async function writeSmallKit(folder: AppFolder, more = ""): Promise<string> {
  const path = join(folder.path, `kit${more.length}.zst`);
  const files = { ...SMALL_KIT, ...(more === "" ? {} : { "more.js": more }) };
  await Bun.write(path, packKit(files));
  return path;
}
