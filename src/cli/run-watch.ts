/** `run --watch`: tells what becomes of each change of the app's files. */
import type { WallarooError } from "../base/errors.ts";
import type { LoadedApp, LoadOptions } from "../host/load-app.ts";
import type { RunningNode } from "../host/node.ts";
import type { ReloadListener, Reloader } from "../host/reloader.ts";
import type { Io } from "./command.ts";
import type { LiveLine } from "./live-line.ts";
import { reloadedFacts, reloadedText } from "./reload-text.ts";
import { outFor } from "./run-session.ts";
import { styled } from "./table.ts";

export interface WatchParts {
  readonly io: Io;
  readonly live: LiveLine;
  readonly json: boolean;
  readonly quiet: boolean;
}

/** Tells people, or programs, of changes. */
export class WatchTelling implements ReloadListener {
  readonly #parts: WatchParts;
  #node: RunningNode | undefined = undefined;

  constructor(parts: WatchParts) {
    this.#parts = parts;
  }

  /** From now on there is a job. */
  begin(node: RunningNode): void {
    this.#node = node;
  }

  reloaded(reloaded: Parameters<ReloadListener["reloaded"]>[0]): void {
    const { json, quiet } = this.#parts;
    if (json) this.#line(reloadedFacts(reloaded));
    else if (!quiet) this.#say(reloadedText(reloaded));
  }

  refused({ code, message }: WallarooError): void {
    if (this.#parts.json) this.#line({ type: "refused", code, error: message });
    this.#error(`the app was not reloaded, the version before goes on: ${message}`);
  }

  /** A user's function threw. */
  halted({ code, message }: WallarooError): void {
    if (this.#parts.json) this.#line({ type: "halted", code, error: message });
    this.#error(
      `${message}\nthe job stands still, with everything open: mend the app, and the record is ` +
        "tried again",
    );
  }

  #line(facts: object): void {
    this.#say(`${JSON.stringify(facts)}\n`);
  }

  #say(text: string): void {
    const { io, live } = this.#parts;
    const out = this.#node === undefined ? io.stderr : outFor(io, this.#node);
    void io.stderr.write(live.clear);
    void out.write(text);
  }

  #error(text: string): void {
    const { io, live } = this.#parts;
    void io.stderr.write(`${live.clear}${styled(io.stderr, "red", "error:")} ${text}\n`);
  }
}

/** Watches the app's files until it is disposed of. */
export async function watchApp(
  app: {
    readonly argument: string;
    readonly options: LoadOptions;
    readonly loaded: LoadedApp;
    readonly files: readonly string[];
  },
  node: RunningNode,
  telling: WatchTelling,
): Promise<Reloader> {
  const { Reloader } = await import("../host/reloader.ts");
  return new Reloader(app, node, telling);
}
