/** Records over plain TCP: a source that listens, a sink that dials, replies. */
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
