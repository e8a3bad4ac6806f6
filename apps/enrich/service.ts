/** A service to ask, for trying the app out: slow, and now and then unwilling. */
const NAMES: Readonly<Record<string, string>> = { c1: "Ada", c2: "Bob", c3: "Cleo" };

/** Answers after `delayMs`; every `failEvery`-th question for a customer is refused with 503. */
export function startService(options: {
  readonly port: number;
  readonly delayMs: number;
  readonly failEvery: number;
}): { readonly port: number; readonly asked: () => number; stop(): void } {
  let asked = 0;
  const server = Bun.serve({
    hostname: "127.0.0.1",
    port: options.port,
    async fetch(request) {
      asked++;
      const isRefused = options.failEvery > 0 && asked % options.failEvery === 0;
      await Bun.sleep(options.delayMs);
      if (isRefused) return new Response("later", { status: 503 });
      const id = decodeURIComponent(new URL(request.url).pathname.split("/").at(-1) ?? "");
      const name = NAMES[id];
      return name === undefined
        ? new Response("unknown", { status: 404 })
        : Response.json({ id, name });
    },
  });
  return { port: server.port ?? 0, asked: () => asked, stop: () => void server.stop(true) };
}

if (import.meta.main) {
  const { port } = startService({ port: 7020, delayMs: 100, failEvery: 5 });
  process.stdout.write(`customers at http://127.0.0.1:${port}/customers/c1\n`);
}
