/** The entry of the binary: hands the command line to `cli`, or serves a parent as its child. */
import { BUNDLE_COMMAND, CHILD_COMMAND, hostileEnvironment } from "./host/self.ts";

const hostile = hostileEnvironment();
if (hostile !== undefined) {
  process.stderr.write(`error: ${hostile}\n`);
  process.exit(2);
}
if (process.argv[2] === BUNDLE_COMMAND) {
  const [{ bundleChild }, { DOORS }] = await Promise.all([
    import("./host/bundle-child.ts"),
    import("./cli/doors.ts"),
  ]);
  await bundleChild(DOORS);
} else {
  if (process.argv[2] === CHILD_COMMAND) {
    const { beSupervised } = await import("./host/supervised.ts");
    await beSupervised();
    process.argv.splice(2, 1);
  }
  const { main } = await import("./cli/process-io.ts");
  await main();
}
