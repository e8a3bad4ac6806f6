/**
 * Links: the wire between two workers. One connection for each direction carries the frames of all
 * channels; it may break and be made again without a frame lost, doubled or out of order.
 */
export { FRAME, type FrameType } from "./frame.ts";
export { LinkClient, type LinkClientOptions, type LinkClientStats } from "./link-client.ts";
export type { ExpectOptions } from "./link-expectation.ts";
export { LinkServer, type LinkServerOptions, type LinkServerStats } from "./link-server.ts";
export { ReceiveChannel, type OnFrame } from "./receive-channel.ts";
export type { ChannelSender } from "./send-channel.ts";
