/** The connector protocol of the earlier Wallaroo: for its clients, and for its receivers. */
import { connect } from "./sink.ts";
import { listen } from "./source.ts";

export type { BridgeConnectOptions, BridgeListenOptions, EventTimeUnit } from "./options.ts";

export const bridge = { listen, connect } as const;
