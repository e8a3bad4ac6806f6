import { expect, test } from "bun:test";
import { Child } from "./child.ts";

/** A program that shows one source on an HTTP address that it prints, and leaves on SIGTERM. */
const SERVER = `
  const sources = [{ name: "lines", addresses: [{ host: "127.0.0.1", port: 4711 }] }];
  const fetch = () => Response.json({ sources });
  const server = Bun.serve({ hostname: "127.0.0.1", port: 0, fetch });
  console.log("serving http://127.0.0.1:" + server.port);
`;

const start = (program: string) => new Child([process.execPath, "-e", program], import.meta.dir);

test("the address of a source is found, and the process is gone after the end", async () => {
  const child = start(SERVER);
  try {
    expect(await child.sourceAddress("lines")).toEqual({ host: "127.0.0.1", port: 4711 });
  } finally {
    await child.end();
  }
  expect(child.isRunning).toBe(false);
});

test("a process that ends by itself is told of, with what it printed", async () => {
  const child = start(`console.error("error: port in use"); process.exit(3);`);
  const failure = await child.sourceAddress("lines").catch((error: unknown) => error);
  expect(String(failure)).toContain("ended by itself, with exit code 3");
  await child.end();
  expect(child.output).toBe("error: port in use");
});
