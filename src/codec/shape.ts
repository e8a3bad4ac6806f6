/**
 * The codec of a channel between workers. It learns the shape of the channel's records, generates
 * an encoder and a decoder for it, and says in-band what it learned; records of other shapes take
 * the general form of plain data. One encoder and one decoder belong to one channel: every batch
 * must arrive, once and in order.
 */
export { ShapeDecoder, type Batch } from "./shape-decode.ts";
export { ShapeEncoder } from "./shape-encode.ts";
