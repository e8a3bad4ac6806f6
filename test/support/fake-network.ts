/** The simulated network, by the names that older tests know it by. */
export {
  SimConnection as FakeConnection,
  SimNetwork as FakeNetwork,
} from "../../src/testing/sim-network.ts";
