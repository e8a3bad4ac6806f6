/** Modules besides `wallaroo` that an app may import; each is loaded when it is asked for. */
import type { VirtualModules } from "../host/virtual-modules.ts";

export const DOORS: VirtualModules = { "wallaroo/testing": () => import("../testing/mod.ts") };
