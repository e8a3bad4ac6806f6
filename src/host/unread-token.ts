/** A file of the secret that cannot be read: the same words for processes and commands. */
import { externalError, messageOf, type WallarooError } from "../base/errors.ts";
import { systemCode } from "../base/system-why.ts";

export function unreadToken(path: string, error: unknown): WallarooError {
  const why = systemCode(error) || messageOf(error);
  return externalError(
    "bad_token_file",
    `--token-file ${path} cannot be read (${why}): copy the file \`token\` of the ` +
      "coordinator's --data folder, and name it",
    error,
  );
}
