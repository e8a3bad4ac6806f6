/** A world without network and standard input, for connectors that a test keeps by mistake. */
import { userError } from "../base/errors.ts";
import type { Network } from "../ports/network.ts";
import type { Stdio } from "../ports/stdio.ts";

function refuse(what: string): never {
  throw userError(
    "not_in_test",
    `a test has no ${what}: leave this source or sink out of \`keep\`, then feed or collect it`,
  );
}

const network: Network = {
  listen: async () => refuse("network"),
  connect: async () => refuse("network"),
};

const stdio: Stdio = {
  input: () => refuse("standard input"),
  write: () => refuse("standard output"),
};

export const NOTHING_OUTSIDE = { network, stdio } as const;
