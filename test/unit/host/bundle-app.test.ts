import { expect, test } from "bun:test";
import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { bundleApp } from "../../../src/host/bundle-app.ts";
import { AppFolder } from "../../support/app-folder.ts";

const MAP = "//# sourceMappingURL=data:application/json;base64,";

test("a bundle is one file, named by its hash, with absolute sources in its map", async () => {
  using folder = new AppFolder({ "sub/b.ts": "export const b: number = 2;", "cache/x": "" });
  const file = folder.write("a.ts", 'import { b } from "./sub/b";\nexport default b + 1;\n');
  const { bundle, sha256 } = await bundleApp(file, join(folder.path, "cache"), []);
  const text = readFileSync(bundle, "utf8");
  expect(bundle).toBe(join(folder.path, "cache", `${sha256}.js`));
  expect(createHash("sha256").update(text).digest("hex")).toBe(sha256);
  const map = JSON.parse(Buffer.from(text.split(MAP)[1]!, "base64").toString()) as object;
  expect(map).toMatchObject({ sources: [`${folder.path}/sub/b.ts`, `${folder.path}/a.ts`] });
  expect(((await import(bundle)) as { default: unknown }).default).toBe(3);
});

test("import.meta tells the place of each source, and no line moves", async () => {
  using folder = new AppFolder({ "cache/x": "" });
  folder.write("sub/b.ts", "export const b = [import.meta.dir, import.meta.file];");
  const file = folder.write(
    "a.ts",
    `import { b } from "./sub/b.ts";
const { dirname: _, ...rest } = { dirname: import.meta.dirname, path: import.meta.path };
export default { b, ...rest, main: import.meta.main, text: "import.meta.dir" };
export const stack = new Error("here").stack;`,
  );
  const { bundle } = await bundleApp(file, join(folder.path, "cache"), []);
  const module = (await import(bundle)) as { default: object; stack: string };
  expect(module.default).toMatchObject({
    b: [`${folder.path}/sub`, "b.ts"],
    path: file,
    main: false,
  });
  expect(module.stack).toContain(`${file}:4:`);
});

test("a file that an app imports as a file lies beside its bundle", async () => {
  using folder = new AppFolder({ "words.txt": "the words", "cache/x": "" });
  const file = folder.write(
    "a.ts",
    'import path from "./words.txt" with { type: "file" };\nexport default path;\n',
  );
  await bundleApp(file, join(folder.path, "cache"), []);
  const asset = readdirSync(join(folder.path, "cache")).find((name) => name.startsWith("asset-"));
  expect(readFileSync(join(folder.path, "cache", asset!), "utf8")).toBe("the words");
});

test("many mistakes are told at once, with a bound", async () => {
  using folder = new AppFolder({ "cache/x": "" });
  const imports = Array.from({ length: 8 }, (_, i) => `import "./gone-${i}.ts";`).join("\n");
  const file = folder.write("a.ts", imports);
  const refused = bundleApp(file, join(folder.path, "cache"), []);
  await expect(refused).rejects.toThrow(/gone-0[^]*gone-4[^]*and 3 more$/);
});
