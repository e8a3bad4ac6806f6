/**
 * Three hosts as network namespaces of this machine: a coordinator and two workers, each pair with
 * a wire of its own, so that one wire can be cut, lose packets or be slow while the others are
 * well. Needs root, `ip` and `nft`.
 */
import { existsSync } from "node:fs";

/** Why there can be no namespaces here; undefined when there can. */
export function whyNoNamespaces(): string | undefined {
  if (process.getuid?.() !== 0) return "network namespaces need root";
  for (const [tool, from] of [
    ["ip", "iproute2"],
    ["nft", "nftables"],
  ] as const) {
    if (Bun.which(tool) === null) return `network namespaces need ${tool}: install ${from}`;
  }
  return existsSync("/proc/self/ns/net") ? undefined : "this system has no network namespaces";
}

export type Host = "c" | "w1" | "w2";

/** Addresses of both ends of each wire. */
const WIRES = [
  { a: "c", b: "w1", net: 1 },
  { a: "c", b: "w2", net: 2 },
  { a: "w1", b: "w2", net: 3 },
] as const;

export class Namespaces implements Disposable {
  readonly #tag: string;

  constructor() {
    this.#tag = `wl${process.pid % 10_000}`;
    try {
      for (const host of ["c", "w1", "w2"] as const) {
        run("ip", "netns", "add", this.#name(host));
        this.in(host, "ip", "link", "set", "lo", "up");
      }
      for (const { a, b, net } of WIRES) {
        const [left, right] = [`${this.#tag}${net}a`, `${this.#tag}${net}b`];
        run("ip", "link", "add", left, "type", "veth", "peer", "name", right);
        this.#plug(a, left, `10.99.${net}.1`);
        this.#plug(b, right, `10.99.${net}.2`);
      }
    } catch (error) {
      this[Symbol.dispose]();
      throw error;
    }
  }

  /** The command line that runs another in a host. */
  command(host: Host, ...command: readonly string[]): string[] {
    const name = this.#name(host);
    // A name of its own: workers of one host would use a Unix socket, which no wire carries.
    const named = ["unshare", "--uts", "sh", "-c", `hostname ${name}; exec "$0" "$@"`];
    return ["ip", "netns", "exec", name, ...named, ...command];
  }

  in(host: Host, ...command: readonly string[]): void {
    run(...this.command(host, ...command));
  }

  /** Nothing passes between the workers any more, and nobody is told. */
  cut(): void {
    this.#rule("drop");
  }

  /** One packet of a hundred is lost, or as many as are said, from worker 1 to worker 2. */
  lose(percent: number): void {
    this.#rule(`numgen random mod 100 < ${percent} drop`);
  }

  /** What is more than so many kB a second is lost. */
  slow(kilobytes: number): void {
    this.#rule(`limit rate over ${kilobytes} kbytes/second drop`);
  }

  /** All is well between the workers. */
  mend(): void {
    for (const host of ["w1", "w2"] as const) this.in(host, "nft", "flush", "ruleset");
  }

  [Symbol.dispose](): void {
    for (const host of ["c", "w1", "w2"] as const) {
      Bun.spawnSync(["ip", "netns", "del", this.#name(host)]);
    }
  }

  #rule(what: string): void {
    this.mend();
    this.in("w2", "nft", "add", "table", "inet", "t");
    const chain = "{ type filter hook input priority 0; }";
    this.in("w2", "nft", `add chain inet t in ${chain}`);
    this.in("w2", "nft", `add rule inet t in ip saddr 10.99.3.1 ${what}`);
  }

  #plug(host: Host, device: string, address: string): void {
    run("ip", "link", "set", device, "netns", this.#name(host));
    this.in(host, "ip", "addr", "add", `${address}/24`, "dev", device);
    this.in(host, "ip", "link", "set", device, "up");
  }

  #name(host: Host): string {
    return `${this.#tag}-${host}`;
  }
}

function run(...command: readonly string[]): void {
  const { exitCode, stderr } = Bun.spawnSync([...command], { stderr: "pipe" });
  if (exitCode !== 0) throw new Error(`${command.join(" ")}: ${stderr.toString()}`);
}
