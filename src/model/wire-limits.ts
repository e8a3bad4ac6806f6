/** Bounds of what travels between workers, each with its reason. The others: `limits.ts`. */
import { RECORD_BYTES_MAX } from "./limits.ts";

const KIB = 1024;

/** Shapes that one channel defines; records of further shapes take the general form. */
export const SHAPES_MAX = 32;
/** Fields of a shape: generated code stays small enough to be compiled well. */
export const SHAPE_FIELDS_MAX = 64;
/** UTF-8 bytes of a field's name in a shape. */
export const SHAPE_NAME_BYTES_MAX = 255;
/** Records of one encoded batch. */
export const BATCH_COUNT_MAX = 65_536;
/** A batch is ended when it has this many bytes, unless one record alone is larger. */
export const BATCH_BYTES_TARGET = 32 * KIB;

/** Texts of keys that an exit remembers for all its channels, and so one of them at most. */
export const KNOWN_KEYS_MAX = 16 * KIB;
/** UTF-16 units of such a text: longer ones are rare, and would be kept at both ends. */
export const KNOWN_KEY_UNITS_MAX = 64;

/** Payload of a frame: a batch of one record of the greatest size, with its key, still fits. */
export const PAYLOAD_BYTES_MAX = RECORD_BYTES_MAX + 256 * KIB;
/** Payload of a frame in the order of its channel that is no data, such as a barrier. */
export const CONTROL_PAYLOAD_BYTES_MAX = 4 * KIB;
/** Payload of a frame before the peer is known: a stranger makes us hold no more. */
export const HELLO_BYTES_MAX = 4 * KIB;
/** Bytes that one channel may have in flight or waiting for its consumer. */
export const CHANNEL_WINDOW_BYTES = 256 * KIB;
/** Channels of one link. */
export const CHANNELS_MAX = 10_000;
/** The path of a Unix socket, in bytes: the system allows no longer one. */
export const UNIX_PATH_BYTES_MAX = 107;
/** Connections to one data port, in all states. */
export const LINK_CONNECTIONS_MAX = 1_024;
/** Those of them that have not proved yet who they are. */
export const LINK_STRANGERS_MAX = 128;
/** How long a connection may take to prove who it is. */
export const LINK_HANDSHAKE_MS = 5_000;
/** Both ends say this often that they are alive, unless they said something else meanwhile. */
export const LINK_HEARTBEAT_MS = 1_000;
/** A connection that is silent for so long is closed and made anew. */
export const LINK_SILENT_MS = 4_000;
/** Received frames are acknowledged after so many bytes, or so much time. */
export const ACK_BYTES = 64 * KIB;
export const ACK_MS = 50;
/** A peer is lost after so many attempts to reach it, and not before so much time. */
export const CONNECT_TRIES = 3;
export const LINK_PATIENCE_MS = 10_000;
export const RECONNECT_FIRST_MS = 50;
export const RECONNECT_MAX_MS = 1_000;
/** How long a peer may say that it does not expect our generation yet. */
export const NOT_YET_MS = 10_000;
/** How long a link that closes waits for its last acknowledgements. */
export const LINK_CLOSE_MS = 2_000;
/** Frames are gathered up to this size; larger ones are written as they are. */
export const GATHER_BYTES = 64 * KIB;
