/** The binary of the campaign: as it is shipped, but that it can be stopped in a gap. */
import { builtBy, SOURCES } from "../../support/binary.ts";

const FOLDER = "test/campaign/kill";

export async function killBinary(): Promise<string> {
  const own = [`${FOLDER}/pausing-logger.ts`, `${FOLDER}/paused-build.ts`];
  return await builtBy(`${FOLDER}/paused-build.ts`, "wallaroo-paused", [...SOURCES, ...own]);
}
