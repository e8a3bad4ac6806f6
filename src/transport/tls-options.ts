/** TLS as the runtime is told (pure). */
import type { TlsOptions } from "../ports/network.ts";

/** TLS 1.3: both ends are new enough. */
const TLS_VERSION_MIN = 0x0304;

/** Every option is said: one that is left out is taken from the environment. */
export function checkedTls({ cert, key, ca }: TlsOptions) {
  return { cert, key, ca, rejectUnauthorized: true, minVersion: TLS_VERSION_MIN };
}
