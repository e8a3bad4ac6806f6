/** A file of the secret that cannot be read: the same words for processes and commands. */
import { externalError, messageOf, type WallarooError } from "../base/errors.ts";

export function unreadToken(path: string, error: unknown): WallarooError {
  const why = error instanceof Error && "code" in error ? String(error.code) : messageOf(error);
  return externalError(
    "bad_token_file",
    `--token-file ${path} cannot be read (${why}): copy the file \`token\` of the ` +
      "coordinator's --data folder, and name it",
    error,
  );
}
