/** What is open to other machines, unencrypted, is said again and again. */
import { isLoopback } from "../observe/http-guard.ts";
import type { Clock, Timer } from "../ports/clock.ts";
import type { Logger } from "../ports/logger.ts";
import type { Address } from "../ports/network.ts";

const HOUR_MS = 3_600_000;

/** Warns now and every hour, of addresses that others can reach. */
export function warnInsecure(
  addresses: readonly Address[],
  { clock, log }: { readonly clock: Clock; readonly log: Logger },
): Disposable {
  const open = addresses.filter(({ host }) => !isLoopback(host));
  let timer: Timer | undefined;
  const warn = (): void => {
    const text = "listening where other machines can reach, without encryption (--insecure)";
    log.warn(text, { at: open.map(({ host, port }) => `${host}:${port}`).join(", ") });
    timer = clock.after(HOUR_MS, warn);
  };
  if (open.length > 0) warn();
  return { [Symbol.dispose]: () => timer?.cancel() };
}
