/** A file that a command needs as a whole, or the standard input. */
import { resolve } from "node:path";
import { externalError, userError, WallarooError } from "../base/errors.ts";
import { systemCode, whyOf } from "../base/system-why.ts";
import type { Io } from "./command.ts";
import { bytesText } from "./table.ts";

/** A file is read whole, so that using it costs no reading. */
const FILE_BYTES_MAX = 1024 ** 3;

/** `-` is the standard input.
 *  @throws {WallarooError} `not_a_file`, `file_too_large`, `not_found` */
export async function readFile(file: string, io: Io): Promise<Uint8Array> {
  if (file === "-") return await Bun.stdin.bytes();
  const path = resolve(io.cwd, file);
  try {
    const handle = Bun.file(path);
    const { size, isDirectory } = await handle.stat().then((stat) => ({
      size: stat.size,
      isDirectory: stat.isDirectory(),
    }));
    if (isDirectory) throw userError("not_a_file", `${file} is a folder: name a file`);
    if (size > FILE_BYTES_MAX) {
      const limit = bytesText(FILE_BYTES_MAX);
      throw userError("file_too_large", `${file} has ${bytesText(size)}, limit ${limit}: split it`);
    }
    return await handle.bytes();
  } catch (error) {
    if (error instanceof WallarooError) throw error;
    const isMissing = systemCode(error) === "ENOENT";
    const why = isMissing ? "there is no such file" : whyOf(error);
    throw externalError("not_found", `${file}: cannot be read: ${why} (looked for ${path})`);
  }
}
