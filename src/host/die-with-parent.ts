/** A child that must not outlive the process that started it, however that ends. */

const PR_SET_PDEATHSIG = 1;
const SIGKILL = 9n;

/**
 * From now on the kernel kills this process when its parent is gone, also where this one is in a
 * loop without end. On Linux; elsewhere nothing: there a parent kills its children when it exits.
 */
export async function dieWithParent(): Promise<void> {
  if (process.platform !== "linux") return;
  const { dlopen, FFIType } = await import("bun:ffi");
  for (const libc of [
    "libc.so.6",
    `libc.musl-${process.arch === "x64" ? "x86_64" : "aarch64"}.so.1`,
  ]) {
    try {
      const { symbols } = dlopen(libc, {
        prctl: { args: [FFIType.i32, FFIType.u64], returns: FFIType.i32 },
      });
      symbols.prctl(PR_SET_PDEATHSIG, SIGKILL);
      return;
    } catch {
      // Another C library, or none: the parent's own care is all there is.
      continue;
    }
  }
}
