/** What goes beyond this machine is encrypted, or the user said that it need not be. */
import { userError } from "../base/errors.ts";
import { isLoopback } from "../observe/http-guard.ts";
import type { Address } from "../ports/network.ts";

/** @throws {WallarooError} `not_loopback` */
export function checkReach({ host }: Address, isAllowed: boolean): void {
  if (isLoopback(host) || isAllowed) return;
  throw userError(
    "not_loopback",
    `${host} is beyond this machine, and what is said there is not encrypted: give --tls-cert, ` +
      "--tls-key and --tls-ca (begin with `wallaroo ca init`), take 127.0.0.1, or say --insecure " +
      "where the network is trusted",
  );
}
