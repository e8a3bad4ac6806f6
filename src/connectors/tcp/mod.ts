/** Records over plain TCP: a source that producers connect to, a sink that dials a receiver. */
import { connect } from "./sink.ts";
import { listen } from "./source.ts";

export type { ConnectOptions, ListenOptions, TcpAddress } from "./options.ts";

export const tcp = { listen, connect } as const;
