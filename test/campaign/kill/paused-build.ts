/** Makes `dist/wallaroo-paused`: the binary that is shipped, with the logger of the campaign. */
import { join } from "node:path";
import { buildBinary } from "../../../build.ts";

const LOGGER = join(import.meta.dir, "pausing-logger.ts");

/** Everybody gets the logger that stops, which itself gets the real one. */
const pausing: Bun.BunPlugin = {
  name: "pausing",
  setup(builder) {
    builder.onResolve({ filter: /\/json-logger\.ts$/ }, ({ importer }) =>
      importer === LOGGER ? undefined : { path: LOGGER },
    );
  },
};

if (import.meta.main) {
  await buildBinary(join(import.meta.dir, "../../../dist/wallaroo-paused"), [pausing]);
}
