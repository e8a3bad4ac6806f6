/** A producer of plain frames at a steady rate, which notes when each was acknowledged. */
import { rounded } from "./numbers.ts";

export interface AckTimes {
  readonly frames: number;
  /** ms from the writing of a frame until a count came that has it. */
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
}

/** @throws when it is not told of all frames within 10 s of the last */
export async function timeAcks(
  address: string,
  { rate, seconds, bytes }: { rate: number; seconds: number; bytes: number },
): Promise<AckTimes> {
  const [hostname = "", port] = address.split(":");
  const frame = Buffer.alloc(4 + bytes, "x");
  frame.writeUInt32BE(bytes);
  const frames = rate * seconds;
  const written = new Float64Array(frames);
  const times = new Float64Array(frames);
  const { promise: told, resolve, reject } = Promise.withResolvers<void>();
  let [sent, kept] = [0, 0];
  let held = Buffer.alloc(0);
  const socket = await Bun.connect({
    hostname,
    port: Number(port),
    socket: {
      data: (_socket, chunk) => {
        const now = performance.now();
        held = Buffer.concat([held, chunk]);
        for (; held.length >= 8; held = held.subarray(8)) {
          const count = Number(held.readBigUInt64BE());
          for (; kept < count; kept++) times[kept] = now - written[kept]!;
        }
        if (kept === frames) resolve();
      },
      close: () => reject(new Error(`closed after ${kept} of ${frames} acknowledgements`)),
      error: (_socket, error) => reject(error),
    },
  });
  told.catch(() => undefined);
  const start = performance.now();
  while (sent < frames) {
    const due = Math.min(frames, Math.floor(((performance.now() - start) * rate) / 1_000));
    for (; sent < due; sent++) {
      written[sent] = performance.now();
      if (socket.write(frame) !== frame.length) throw new Error("a frame was not taken as a whole");
    }
    await Bun.sleep(1);
  }
  await Promise.race([
    told,
    Bun.sleep(10_000).then(() => reject(new Error(`${kept} of ${frames} were acknowledged`))),
  ]);
  await told;
  socket.end();
  const sorted = times.toSorted();
  const at = (share: number): number => rounded(sorted[Math.floor(share * (frames - 1))]!);
  return { frames, p50: at(0.5), p99: at(0.99), max: at(1) };
}
