/** Records over plain TCP: a source that producers connect to, a sink that dials a receiver, replies. */
import { reply } from "./reply.ts";
import { connect } from "./sink.ts";
import { listen } from "./source.ts";

export type {
  ConnectOptions,
  ListenOptions,
  ListenOriginOptions,
  Origin,
  ReplyOptions,
  TcpAddress,
  WithOrigin,
} from "./options.ts";

export const tcp = { listen, connect, reply } as const;
