import { expect, test } from "bun:test";
import { brokenLinks, missingFiles, programsOf } from "./markdown.ts";

const files: Record<string, string> = {
  "docs/a.md": "# One word\n\n## What's `new`, today?\n",
  "src/base/ring.ts": "",
};
const exists = (path: string): boolean =>
  Object.keys(files).some((file) => file === path || file.startsWith(`${path}/`));
const read = (path: string): string => files[path]!;

test("blocks of ts are programs, named by file and line; others are not", () => {
  const text = "# T\n\n```ts\nconst a = 1;\n```\n\n```\nnot this\n```\n\n```tsx\nnor this\n```\n";
  expect(programsOf("docs/a.md", text)).toEqual([
    { name: "docs/a.md.3.ts", source: "const a = 1;\n" },
  ]);
});

test("links to files and headings that are not there are found", () => {
  const broken = (text: string) => brokenLinks("docs/b.md", text, exists, read);
  expect(broken("[x](c.md)")).toEqual(["docs/b.md:1: c.md leads nowhere"]);
  expect(broken("\n[x](a.md#two)")).toEqual(["docs/b.md:2: docs/a.md has no heading #two"]);
  expect(broken("[x](a.md) [y](a.md#one-word) [z](a.md#whats-new-today)")).toEqual([]);
  expect(broken("[x](https://example.org/c.md)")).toEqual([]);
  expect(broken("```\n[x](c.md)\n```\n")).toEqual([]);
});

test("files that are named and not there are found, patterns are left alone", () => {
  const missing = (text: string) => missingFiles("README.md", text, exists);
  expect(missing("see `src/base/heap.ts`")).toEqual([
    "README.md:1: src/base/heap.ts does not exist",
  ]);
  expect(missing("run `bun test test/unit/`")).toHaveLength(1);
  expect(missing("`src/base/ring.ts`, `src/base/`, `src/base`, in `docs`")).toEqual([]);
  expect(missing("`apps/<name>/app.ts`, `docs/decisions/NNNN-name.md`, `src/**`")).toEqual([]);
  expect(missing("```\nsrc/base/heap.ts\n```\n")).toEqual([]);
});
