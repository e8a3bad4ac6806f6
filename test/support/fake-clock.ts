/** The simulated clock, by the name that older tests know it by. */
export { SimClock as FakeClock } from "../../src/testing/sim-clock.ts";
