/** The simulated disk, by the name that older tests know it by. */
export { SimDisk as MemoryDisk, type SimDiskOptions } from "../../src/testing/sim-disk.ts";
