/** `wallaroo version`: what this binary is. */
import { command, flag } from "./command.ts";

// Replaced by build.ts (`--define`); absent when the sources run as they are.
declare const BUILD_VERSION: string | undefined;
declare const BUILD_COMMIT: string | undefined;

/** Of the sources; a test holds it against package.json. */
export const SOURCE_VERSION = "0.1.0";

export interface Version {
  readonly version: string;
  readonly commit: string | undefined;
  readonly bun: string;
  readonly platform: string;
}

export function versionInfo(): Version {
  return {
    version: typeof BUILD_VERSION === "string" ? BUILD_VERSION : SOURCE_VERSION,
    commit: typeof BUILD_COMMIT === "string" && BUILD_COMMIT !== "" ? BUILD_COMMIT : undefined,
    bun: Bun.version,
    platform: `${process.platform}-${process.arch}`,
  };
}

/** `0.1.0 (1a2b3c4)`. */
export function versionText(): string {
  const { version, commit } = versionInfo();
  return commit === undefined ? version : `${version} (${commit})`;
}

export const version = command({
  name: "version",
  summary: "show the version of wallaroo, of Bun inside it, and the platform",
  args: {},
  options: { json: flag("print JSON") },
  examples: [
    ["wallaroo version", "for people"],
    ["wallaroo version --json", "for programs"],
  ],
  async run({ options, io }) {
    const info = versionInfo();
    const people = `wallaroo ${versionText()}\nbun ${info.bun}\nplatform ${info.platform}\n`;
    const json = JSON.stringify({ ...info, commit: info.commit ?? null });
    await io.stdout.write(options.json ? `${json}\n` : people);
    return 0;
  },
});
