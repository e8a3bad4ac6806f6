/** The connector protocol of the earlier Wallaroo: a source for its clients. */
import { listen } from "./source.ts";

export type { BridgeListenOptions, EventTimeUnit } from "./options.ts";

export const bridge = { listen } as const;
