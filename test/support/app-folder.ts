/** A temporary folder of apps, removed at the end of the tests of a file. */
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

export class AppFolder implements Disposable {
  readonly path = realpathSync(mkdtempSync(join(tmpdir(), "wallaroo-apps-")));

  /** Writes files by their paths in the folder. */
  constructor(files: Readonly<Record<string, string>> = {}) {
    for (const [name, text] of Object.entries(files)) this.write(name, text);
  }

  /** Returns the absolute path. */
  write(name: string, text: string): string {
    const path = join(this.path, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
    return path;
  }

  [Symbol.dispose](): void {
    rmSync(this.path, { recursive: true, force: true });
  }
}

/** The code of an app from standard input to standard output, by way of one expression. */
export function lineApp(name: string, expression: string, before = ""): string {
  return `import { app, stdin, stdout, utf8 } from "wallaroo";
${before}
export default app("${name}", (flow) => {
  flow
    .source("lines", stdin({ decode: utf8 }))
    .map("step", (line: string) => ${expression})
    .sink("out", stdout({ encode: utf8 }));
});
`;
}
