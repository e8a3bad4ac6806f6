/** Who has to act: the author of the app, the world outside, or the authors of Wallaroo. */
export type Domain = "user" | "external" | "internal";

/** The code of the error that `process.exit` in an app becomes. */
export const APP_EXITS = "app_exits";

export interface ErrorOptions {
  readonly domain: Domain;
  /** Whether the same call may succeed later without anybody changing anything. */
  readonly retryable?: boolean;
  readonly cause?: unknown;
  /** The worker that could not be reached, when it is about one. */
  readonly peer?: string;
}

/** An expected failure: `code` for programs, `message` (what, where, what to do) for people. */
export class WallarooError extends Error {
  override readonly name = "WallarooError";
  readonly code: string;
  readonly domain: Domain;
  readonly retryable: boolean;
  readonly peer: string | undefined;

  constructor(code: string, message: string, options: ErrorOptions) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.domain = options.domain;
    this.retryable = options.retryable ?? false;
    this.peer = options.peer;
  }
}

/** A mistake of the author of the app: `code`, then what, where, what to do. */
export function userError(code: string, message: string, cause?: unknown): WallarooError {
  return new WallarooError(code, message, { domain: "user", cause });
}

/** A failure of the world outside: a peer, a disk, a file. */
export function externalError(code: string, message: string, cause?: unknown): WallarooError {
  return new WallarooError(code, message, { domain: "external", retryable: true, cause });
}

/** What was thrown; what nobody foresaw is a mistake of ours. */
export function asWallarooError(error: unknown): WallarooError {
  if (error instanceof WallarooError) return error;
  return new WallarooError("internal", messageOf(error), { domain: "internal", cause: error });
}

/** The text of anything that was thrown, never empty. */
export function messageOf(error: unknown): string {
  if (error instanceof Error) return error.message || error.name;
  try {
    return String(error) || "an empty text was thrown";
  } catch {
    // An object without toString.
    return Object.prototype.toString.call(error);
  }
}
