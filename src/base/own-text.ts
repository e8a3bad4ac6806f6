/** Texts that keep nothing else: a substring keeps all that it was cut from as long as it lives. */
import "./buffer.ts";
import { ByteWriter } from "./bytes.ts";

/** Where texts are copied through: no buffer of its own for each. */
const scratch = new ByteWriter(1024);

/** A copy of a well-formed text. */
export function ownText(text: string): string {
  scratch.clear();
  scratch.utf8(text);
  return scratch.buffer.utf8Slice(0, scratch.at);
}
