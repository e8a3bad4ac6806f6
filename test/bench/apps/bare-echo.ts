/**
 * The least that Bun can do in the place of the echo app: reads sockets, writes the same bytes to
 * another. `bun bare-echo.ts OUT_PORT` prints the port that it listens at; it ends at SIGTERM.
 */
import type { Socket } from "bun";

const outPort = Number(process.argv[2]);
/** Who was told to wait. */
const paused = new Set<Socket>();
/** What the kernel did not take. */
const waiting: Buffer[] = [];

const ignore = (): void => undefined;

const out = await Bun.connect({
  hostname: "127.0.0.1",
  port: outPort,
  socket: {
    data: ignore,
    drain(socket) {
      while (waiting.length > 0) {
        const next = waiting[0]!;
        const taken = socket.write(next);
        if (taken < next.length) {
          waiting[0] = next.subarray(Math.max(taken, 0));
          return;
        }
        waiting.shift();
      }
      for (const one of paused) one.resume();
      paused.clear();
    },
  },
});

const server = Bun.listen({
  hostname: "127.0.0.1",
  port: 0,
  socket: {
    data(socket, chunk) {
      const taken = waiting.length > 0 ? 0 : out.write(chunk);
      if (taken === chunk.length) return;
      // The buffer is the socket's own: what is kept is copied.
      waiting.push(Buffer.from(chunk.subarray(Math.max(taken, 0))));
      socket.pause();
      paused.add(socket);
    },
  },
});
process.once("SIGTERM", () => {
  out.end();
  server.stop(true);
});
console.log(server.port);
