/** What a machine can check in Markdown. */
import { dirname, normalize } from "node:path";

export interface Program {
  /** A file name that leads back to the block: `README.md.30.ts`. */
  readonly name: string;
  readonly source: string;
}

/** The blocks marked `ts`. A block is a whole module. */
export function programsOf(file: string, text: string): Program[] {
  return fences(text)
    .filter(({ language }) => language === "ts")
    .map(({ line, body }) => ({ name: `${file}.${line}.ts`, source: body }));
}

/** Relative links to files, or to headings, that are not there. */
export function brokenLinks(
  file: string,
  text: string,
  exists: (path: string) => boolean,
  read: (path: string) => string,
): string[] {
  const found: string[] = [];
  for (const { match, line } of matchesInProse(text, /\]\(([^)\s]+)\)/g)) {
    const link = match[1]!;
    if (/^[a-z]+:/.test(link)) continue;
    const [path = "", heading] = link.split("#");
    const target = path === "" ? file : normalize(`${dirname(file)}/${path}`);
    if (!exists(target)) found.push(`${file}:${line}: ${link} leads nowhere`);
    else if (heading !== undefined && !anchorsOf(read(target)).has(heading)) {
      found.push(`${file}:${line}: ${target} has no heading #${heading}`);
    }
  }
  return found;
}

/**
 * Paths in `code` that begin with a folder of the project and are not there. Patterns such as
 * `apps/<name>` or `*.ts` are left alone.
 */
export function missingFiles(
  file: string,
  text: string,
  exists: (path: string) => boolean,
): string[] {
  return matchesInProse(text, /`([^`\n]+)`/g).flatMap(({ match, line }) =>
    [...match[1]!.matchAll(/(?<![\w./~-])(?:src|apps|test|docs|\.ci)\/[^\s`"',;:()]*/g)]
      .map(([path]) => path.replace(/[/.]+$/, ""))
      .filter((path) => !/[<>*{}$]|NAME|NNNN/.test(path) && !exists(path))
      .map((path) => `${file}:${line}: ${path} does not exist`),
  );
}

interface Fence {
  readonly language: string;
  /** The 1-based line of the opening fence. */
  readonly line: number;
  readonly body: string;
}

function fences(text: string): Fence[] {
  const found: Fence[] = [];
  for (const match of text.matchAll(/^(```+)(\w*)[^\n]*\n([\s\S]*?)^\1[ \t]*$/gm)) {
    const line = text.slice(0, match.index).split("\n").length;
    found.push({ language: match[2]!, line, body: match[3]! });
  }
  return found;
}

/** Matches outside of fenced blocks, with their lines. */
function matchesInProse(text: string, pattern: RegExp) {
  const prose = text.replace(/^(```+)[\s\S]*?^\1[ \t]*$/gm, (block) => block.replace(/[^\n]/g, ""));
  return [...prose.matchAll(pattern)].map((match) => ({
    match,
    line: prose.slice(0, match.index).split("\n").length,
  }));
}

/** The anchors that a heading gets where Markdown is shown. */
function anchorsOf(text: string): Set<string> {
  const anchors = matchesInProse(text, /^#+ +(.+)$/gm).map(({ match }) =>
    match[1]!
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, "")
      .trim()
      .replace(/\s/g, "-"),
  );
  return new Set(anchors);
}
