/** The door `wallaroo`: what users import. Nothing else is public. */
export { app, type Flow, type SourceOptions } from "./app.ts";
export { aggregation, type Aggregated, type Results } from "./aggregate.ts";
export { connect, type Connected, type ConnectedStream, type KeyedConnected } from "./connect.ts";
export {
  address,
  flag,
  integer,
  number,
  options,
  text,
  type OptionField,
  type OptionValues,
  type Schema,
} from "./options.ts";
export type { Emitted, PlainData, TypeError } from "./plain.ts";
export { otherwise } from "./branch.ts";
export { listState, mapState, state, type StateOptions } from "./state.ts";
export {
  type Ending,
  type OnError,
  type Retry,
  retry,
  type Side,
  side,
  type StepOptions,
} from "./step-options.ts";
export type {
  AggregateOptions,
  AsyncMapOptions,
  Branches,
  FlatMapOptions,
  ForwardStream,
  KeyedStream,
  SinkEachOptions,
  SinkOptions,
  Stream,
  WithOutputs,
} from "./stream.ts";
export { collect, count, max, mean, min, sum } from "../window/builtin.ts";
export type { Duration } from "../base/duration.ts";
export { ByteReader, ByteWriter } from "../base/bytes.ts";
export { WallarooError } from "../base/errors.ts";
export type { App } from "../model/app.ts";
export type { Aggregation } from "../model/aggregation.ts";
export type { Codec, Decoder, Encoder } from "../model/codec.ts";
export type {
  AsyncContext,
  KeyedContext,
  Position,
  SideContext,
  StepContext,
  StepLogger,
} from "../model/context.ts";
export type { Diverted } from "../model/diverted.ts";
export type { Key } from "../model/key.ts";
export type { SourcePlace } from "../model/pipeline.ts";
export type { Committer, Delivery, Epoch, Sink, SinkContext, SinkWriter } from "../model/sink.ts";
export type { Batch, Source, SourceContext, SplitReader } from "../model/source.ts";
export type { ListState, MapState, StateSpec } from "../model/state-spec.ts";

export { json } from "../codec/json.ts";
export { raw } from "../codec/raw.ts";
export { utf8 } from "../codec/utf8.ts";
export { bridge } from "../connectors/bridge/mod.ts";
export { file } from "../connectors/file/mod.ts";
export { generator } from "../connectors/generator/mod.ts";
export { memory } from "../connectors/memory/mod.ts";
export { stdin, stdout } from "../connectors/stdio/mod.ts";
export { fixed, toObject } from "../codec/fixed.ts";
export type { Origin, WithOrigin } from "../connectors/tcp/mod.ts";
export { tcp } from "../connectors/tcp/mod.ts";
export { plain } from "../codec/plain.ts";
