/**
 * Follows the files of an app that runs, and has each version that loads and fits take over.
 *
 * Owns: which version runs, the watch, one load at a time.
 * Does not own: how a version takes over (worker), what people are told (the command).
 *
 * R1. A version that does not load or fit changes nothing but what is told.
 * R2. A change that comes while another is loaded is loaded next; the same bundle is loaded once.
 */
import { dirname } from "node:path";
import { placeOf, placeText, codeFrame } from "./error-place.ts";
import { messageOf, WallarooError } from "../base/errors.ts";
import type { SwapResult } from "../worker/swap.ts";
import { type LoadedApp, loadApp, type LoadOptions } from "./load-app.ts";
import type { RunningNode } from "./node.ts";
import { TryChild } from "./try-child.ts";
import { FileWatch } from "./watch-files.ts";

export interface Reloaded {
  /** From the last change of a file until the new version ran. */
  readonly ms: number;
  readonly version: string;
  readonly result: SwapResult;
}

/** What is told of each change. */
export interface ReloadListener {
  reloaded(reloaded: Reloaded): void;
  /** The version before goes on; `error` says why, with file and line where there is one. */
  refused(error: WallarooError): void;
}

export class Reloader implements Disposable {
  readonly #argument: string;
  readonly #options: LoadOptions;
  readonly #node: Pick<RunningNode, "reload">;
  readonly #listener: ReloadListener;
  readonly #watch: FileWatch;
  /** Started before it is needed: most of the time that a load takes is its start. */
  #spare: TryChild = new TryChild();
  #running: LoadedApp;
  #files: readonly string[];
  #isLoading = false;
  #changedAt: number | undefined = undefined;
  #isClosed = false;

  /** `files`: those that `loaded` was made of. */
  constructor(
    app: {
      readonly argument: string;
      readonly options: LoadOptions;
      readonly loaded: LoadedApp;
      readonly files: readonly string[];
    },
    node: Pick<RunningNode, "reload">,
    listener: ReloadListener,
  ) {
    this.#argument = app.argument;
    this.#options = app.options;
    this.#running = app.loaded;
    this.#files = app.files;
    this.#node = node;
    this.#listener = listener;
    this.#watch = new FileWatch(dirname(app.loaded.file), () => this.#changed());
    this.#watch.set(app.files, false);
  }

  [Symbol.dispose](): void {
    this.#isClosed = true;
    this.#watch[Symbol.dispose]();
    this.#spare[Symbol.dispose]();
  }

  #changed(): void {
    this.#changedAt = performance.now();
    if (this.#isLoading) return;
    this.#isLoading = true;
    void this.#follow();
  }

  async #follow(): Promise<void> {
    while (this.#changedAt !== undefined && !this.#isClosed) {
      const changedAt = this.#changedAt;
      this.#changedAt = undefined;
      try {
        await this.#load(changedAt);
      } catch (error) {
        if (!this.#isClosed) this.#refuse(error);
      }
    }
    this.#isLoading = false;
  }

  async #load(changedAt: number): Promise<void> {
    const onInputs = (files: readonly string[]): void => {
      this.#files = files;
    };
    const child = this.#spare;
    let next: LoadedApp;
    try {
      const more = { isReleasable: true, onInputs, child };
      next = await loadApp(this.#argument, { ...this.#options, ...more });
    } finally {
      this.#spare = new TryChild();
      if (this.#isClosed) this.#spare[Symbol.dispose]();
    }
    this.#watch.set(this.#files, false);
    if (this.#isClosed || next.sha256 === this.#running.sha256) {
      next.release();
      return;
    }
    try {
      const result = await this.#node.reload(next);
      const { release } = this.#running;
      this.#running = next;
      const version = next.sha256;
      this.#listener.reloaded({ ms: performance.now() - changedAt, version, result });
      // Calls that are under way may still need what the modules before have open.
      void result.callsDone.then(release);
    } catch (error) {
      next.release();
      throw error;
    }
  }

  #refuse(error: unknown): void {
    // What is missing may come: any code in the folder may be it.
    this.#watch.set(this.#files, true);
    this.#listener.refused(withPlace(error));
  }
}

/** Adds the line of the user's file that an error was caused at, where it does not say it. */
function withPlace(error: unknown): WallarooError {
  const code = error instanceof WallarooError ? error.code : "internal";
  const domain = error instanceof WallarooError ? error.domain : "internal";
  let text = messageOf(error);
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    const place = placeOf(cause);
    if (place === undefined) continue;
    if (!text.includes(placeText(place))) text += `\n  at ${placeText(place)}${codeFrame(place)}`;
    break;
  }
  return new WallarooError(code, text, { domain, cause: error });
}
