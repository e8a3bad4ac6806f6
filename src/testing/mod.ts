/** The door `wallaroo/testing`: tests of apps, and of connectors. */
export type { ClusterOptions, TestCluster } from "./cluster-app.ts";
export { testApp, testCluster } from "./test-cluster.ts";
export type { TestApp, TestOptions } from "./test-app.ts";
export type { LogLine } from "./sim-log.ts";
export { readFrames, writeFrames } from "./frames.ts";
export { SimClock } from "./sim-clock.ts";
export { SimDisk, type SimDiskOptions } from "./sim-disk.ts";
export { SimConnection, SimNetwork } from "./sim-network.ts";
export { type ConnectorWorld, connectorWorld } from "./connector-world.ts";
export type { ContractCheck } from "./contract.ts";
export { type SinkCase, sinkContract } from "./sink-contract.ts";
export { type SourceCase, sourceContract } from "./source-contract.ts";
