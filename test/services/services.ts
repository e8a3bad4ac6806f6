/** PostgreSQL, etcd and an S3 server that honours conditions; installed when they are absent. */
import { chownSync, existsSync, readdirSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import {
  freePort,
  installPackages,
  makeFolder,
  removeFolder,
  run,
  type Service,
  start,
  untilUp,
} from "./server.ts";

const MOTO = "5.2.4";
const AWS = {
  AWS_ACCESS_KEY_ID: "test",
  AWS_SECRET_ACCESS_KEY: "test-secret",
  AWS_REGION: "us-east-1",
};

export async function startPostgres(): Promise<Service> {
  const bin = postgresBin() ?? (await installPackages(["postgresql"]), postgresBin());
  if (bin === undefined) throw new Error("install PostgreSQL 15 or later to run these tests");
  const folder = makeFolder();
  const data = join(folder, "data");
  const port = await freePort();
  // It refuses to run as root.
  const isRoot = process.getuid?.() === 0;
  const as = isRoot ? ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"] : [];
  if (isRoot) {
    const [uid, gid] = await Promise.all([idOf("-u"), idOf("-g")]);
    chownSync(folder, uid, gid);
  }
  await run([...as, join(bin, "initdb"), "-D", data, "-U", "postgres", "-A", "trust", "-N"]);
  const options = ["-h", "127.0.0.1", "-p", String(port), "-k", folder];
  const command = [...as, join(bin, "postgres"), "-D", data, ...options];
  const stop = start({ command, folder });
  const ready = [join(bin, "pg_isready"), "-q", "-h", "127.0.0.1", "-p", String(port)];
  await untilUp("PostgreSQL", () => run(ready));
  return { url: `postgres://postgres@127.0.0.1:${port}/postgres`, env: {}, stop };
}

export async function startEtcd(): Promise<Service> {
  if (Bun.which("etcd") === null) await installPackages(["etcd-server"]);
  const folder = makeFolder();
  const [client, peer] = [await freePort(), await freePort()];
  const at = (port: number): string => `http://127.0.0.1:${port}`;
  const command = ["etcd", "--data-dir", join(folder, "data")];
  command.push("--listen-client-urls", at(client), "--advertise-client-urls", at(client));
  command.push("--listen-peer-urls", at(peer), "--initial-advertise-peer-urls", at(peer));
  command.push("--initial-cluster", `default=${at(peer)}`);
  const stop = start({ command, folder });
  await untilUp("etcd", async () => {
    if (!(await fetch(`${at(client)}/health`)).ok) throw new Error("not healthy");
  });
  return { url: `etcd://127.0.0.1:${client}/wallaroo`, env: {}, stop };
}

export async function startS3(): Promise<Service> {
  const server = await motoServer();
  const folder = makeFolder();
  const port = await freePort();
  const endpoint = `http://127.0.0.1:${port}`;
  const stop = start({ command: [server, "-H", "127.0.0.1", "-p", String(port)], folder });
  await untilUp("moto", async () => {
    const made = await fetch(`${endpoint}/wallaroo-test`, { method: "PUT" });
    if (!made.ok) throw new Error(`status ${made.status}`);
  });
  return { url: `s3://wallaroo-test/stores?endpoint=${endpoint}`, env: AWS, stop };
}

/** Older versions ignore If-Match, so that it is this one, in a folder of its own. */
async function motoServer(): Promise<string> {
  const cache = join(process.env["XDG_CACHE_HOME"] ?? join(homedir(), ".cache"), "wallaroo-test");
  const folder = join(cache, `moto-${MOTO}`);
  const server = join(folder, "bin", "moto_server");
  if (existsSync(server)) return server;
  try {
    const make = (): Promise<void> => run(["python3", "-m", "venv", folder]);
    // Debian's own Python comes without it.
    await make().catch(async () => {
      await installPackages(["python3-venv"]);
      await make();
    });
    await run([join(folder, "bin", "pip"), "install", "-q", `moto[s3,server]==${MOTO}`]);
  } catch (error) {
    removeFolder(folder);
    throw new Error(`Python 3 with venv is needed for moto ${MOTO}, an S3 server for tests`, {
      cause: error,
    });
  }
  return server;
}

function postgresBin(): string | undefined {
  const root = "/usr/lib/postgresql";
  const versions = existsSync(root) ? readdirSync(root).sort((a, b) => Number(b) - Number(a)) : [];
  const bins = versions.map((version) => join(root, version, "bin"));
  return bins.find((bin) => existsSync(join(bin, "initdb")) && existsSync(join(bin, "postgres")));
}

async function idOf(option: string): Promise<number> {
  const child = Bun.spawn(["id", option, "postgres"], { stdout: "pipe" });
  return Number((await new Response(child.stdout).text()).trim());
}
