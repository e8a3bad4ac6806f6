/**
 * Whatever is given as a field of a log line, as plain data: bounded, errors with their stack,
 * cycles cut, secrets masked by their name. Pure, and never throws.
 */
import type { LogFields } from "../ports/logger.ts";

const DEPTH_MAX = 6;
const ITEMS_MAX = 100;
/** Values in one line: a hundred in each of a hundred in each of a hundred would be a million. */
const VALUES_MAX = 1_000;
export const TEXT_MAX = 8_192;
const SECRET_WORDS =
  "token|passw(?:or)?d|passphrase|secret|authorization|credential|cookie|api[_-]?key|" +
  "private[_-]?key";
const SECRET = new RegExp(SECRET_WORDS, "i");
/** `token=abc`, `"password": "abc"`, `Authorization: Bearer abc`, `://user:abc@host`. */
const SECRET_PAIR = new RegExp(
  `((?:${SECRET_WORDS})\\w*(?:=|"\\s*:\\s*))(?:"(?:[^"\\\\]|\\\\.)*"|[^\\s"'&,;)}]+)`,
  "gi",
);
const BEARER = /\b(bearer|basic) +[\w.~+/=-]{8,}/gi;
const USER_INFO = /(:\/\/[^\s/:@]*:)[^\s/@]+@/g;
const MAY_HIDE = new RegExp(`${SECRET_WORDS}|bearer|basic|://`, "i");
const MASK = "[masked]";

/** The fields as plain data. */
export function plainFields(fields: LogFields | undefined): Record<string, unknown> {
  if (fields === undefined || fields === null) return {};
  const plain = new Plainer().plain(fields, 0);
  const isNamed = typeof plain === "object" && plain !== null && !Array.isArray(plain);
  return isNamed ? { ...plain } : { fields: plain };
}

/** A text of bounded length without the secrets that can be told as such. */
export function plainText(text: unknown): string {
  const whole = typeof text === "string" ? text : asText(text);
  return masked(cut(whole, TEXT_MAX));
}

export function cut(text: string, max: number): string {
  return text.length <= max ? text : `${text.slice(0, max)}... (${text.length} characters)`;
}

function masked(text: string): string {
  if (!MAY_HIDE.test(text)) return text;
  return text
    .replace(SECRET_PAIR, `$1${MASK}`)
    .replace(BEARER, `$1 ${MASK}`)
    .replace(USER_INFO, `$1${MASK}@`);
}

/** One line's worth of values. */
class Plainer {
  readonly #above = new Set<object>();
  #left = VALUES_MAX;

  plain(value: unknown, depth: number): unknown {
    switch (typeof value) {
      case "string":
        return plainText(value);
      case "number":
        return Number.isFinite(value) ? value : String(value);
      case "bigint":
      case "symbol":
        return cut(value.toString(), TEXT_MAX);
      case "function":
        return "[function]";
      case "object":
        return value === null ? null : this.#object(value, depth);
      default:
        return value;
    }
  }

  #object(value: object, depth: number): unknown {
    if (this.#above.has(value)) return "[circular]";
    if (depth >= DEPTH_MAX || this.#left <= 0) return "[deeper]";
    this.#above.add(value);
    try {
      if (value instanceof Error) return this.#error(value, depth);
      if (value instanceof Date) {
        return Number.isNaN(value.getTime()) ? "[bad date]" : value.toISOString();
      }
      if (ArrayBuffer.isView(value)) return `[${value.byteLength} bytes]`;
      if (value instanceof Map) return this.#map(value, depth);
      if (value instanceof Set) return this.#items(value, value.size, depth);
      if (Array.isArray(value)) return this.#items(value, value.length, depth);
      return this.#named(value, depth);
    } catch (error) {
      return unreadable(error);
    } finally {
      this.#above.delete(value);
    }
  }

  #named(value: object, depth: number): unknown {
    const plain: Record<string, unknown> = {};
    const names = Object.keys(value);
    for (const [i, name] of names.entries()) {
      if (i === ITEMS_MAX || this.#left-- <= 0) {
        plain["..."] = `${names.length - i} more`;
        break;
      }
      plain[cut(name, ITEMS_MAX)] = SECRET.test(name) ? MASK : this.#field(value, name, depth);
    }
    return plain;
  }

  /** A getter that throws spoils no other field. */
  #field(value: object, name: string, depth: number): unknown {
    try {
      return this.plain(Reflect.get(value, name), depth + 1);
    } catch (error) {
      return unreadable(error);
    }
  }

  #items(values: Iterable<unknown>, size: number, depth: number): unknown[] {
    const plain: unknown[] = [];
    for (const value of values) {
      if (plain.length === ITEMS_MAX || this.#left-- <= 0) {
        plain.push(`${size - plain.length} more`);
        break;
      }
      plain.push(this.plain(value, depth + 1));
    }
    return plain;
  }

  #map(map: ReadonlyMap<unknown, unknown>, depth: number): unknown[] {
    const plain: unknown[] = [];
    for (const [key, value] of map) {
      if (plain.length === ITEMS_MAX || this.#left-- <= 0) {
        plain.push(`${map.size - plain.length} more`);
        break;
      }
      const isSecret = typeof key === "string" && SECRET.test(key);
      plain.push([this.plain(key, depth + 1), isSecret ? MASK : this.plain(value, depth + 1)]);
    }
    return plain;
  }

  #error(error: Error, depth: number): unknown {
    const { name, message, stack, cause } = error;
    return {
      name: plainText(name),
      message: plainText(message),
      ...("code" in error ? { code: this.plain(error.code, depth + 1) } : {}),
      ...(typeof stack === "string" ? { stack: plainText(stack) } : {}),
      ...(cause === undefined ? {} : { cause: this.plain(cause, depth + 1) }),
    };
  }
}

function unreadable(error: unknown): string {
  return `[unreadable: ${error instanceof Error ? asText(error.message) : "getter threw"}]`;
}

/** For what is thrown, or given as a text, by code without types. */
function asText(value: unknown): string {
  try {
    return cut(String(value), TEXT_MAX);
  } catch {
    // Its own toString threw: there is no text, and nobody to tell.
    return "[unreadable]";
  }
}
