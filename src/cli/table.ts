/** Text for people: tables, colours, numbers. */
import { styleText } from "node:util";
import type { Out } from "./command.ts";

type Style = Parameters<typeof styleText>[0];

/** The text in a style, where the output shows colours. */
export function styled(out: Out, style: Style, text: string): string {
  return out.hasColor ? styleText(style, text, { validateStream: false }) : text;
}

export interface Column {
  readonly title: string;
  readonly align?: "left" | "right";
}

/** Rows under titles, columns as wide as they need; one line for each row, ended by a newline. */
export function tableText(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  out?: Out,
): string {
  const widths = columns.map(({ title }, i) =>
    Math.max(Bun.stringWidth(title), ...rows.map((row) => Bun.stringWidth(row[i] ?? ""))),
  );
  const line = (cells: readonly string[]): string =>
    columns
      .map(({ align }, i) => pad(cells[i] ?? "", widths[i]!, align ?? "left"))
      .join("  ")
      .trimEnd();
  const head = line(columns.map(({ title }) => title));
  const shown = out === undefined ? head : styled(out, "bold", head);
  return [shown, ...rows.map(line)].map((text) => `${text}\n`).join("");
}

function pad(text: string, width: number, align: "left" | "right"): string {
  const space = " ".repeat(Math.max(0, width - Bun.stringWidth(text)));
  return align === "right" ? space + text : text + space;
}

/** `1,234,567`. */
export function numberText(value: number): string {
  return Math.round(value).toLocaleString("en-US");
}

/** `512 B`, `1.5 MB`. */
export function bytesText(bytes: number): string {
  if (bytes < 1_000) return `${bytes} B`;
  const units = ["kB", "MB", "GB", "TB"];
  let value = bytes / 1_000;
  let unit = 0;
  while (value >= 1_000 && unit < units.length - 1) {
    value /= 1_000;
    unit++;
  }
  return `${value.toFixed(1)} ${units[unit]}`;
}
