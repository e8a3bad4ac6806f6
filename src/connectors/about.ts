import type { FrameKind } from "../model/frame.ts";

/** `lines of utf8`, `u32be frames`: what a connector says of its bytes, for people. */
export function framesText(frame: FrameKind, codec: object): string {
  const frames = frame === "lines" ? "lines" : frame === "none" ? "pieces" : `${frame} frames`;
  const about: unknown = "about" in codec ? codec.about : undefined;
  return typeof about === "string" ? `${frames} of ${about}` : frames;
}
