/** `wallaroo ca init` and `wallaroo ca issue`: certificates for mutual TLS. */
import { resolve } from "node:path";
import { systemClock } from "../host/system-clock.ts";
import { ROLES, type Role } from "../model/peer-identity.ts";
import { argument, command, flag, list, option, optionalArgument } from "./command.ts";
import { count, oneOf, word } from "./values.ts";

const FOLDER = "ca";
const AUTHORITY_DAYS = 3_650;
const ISSUED_DAYS = 365;
/** Dates behind the year 9999 cannot be written. */
const days = count({ min: 1, max: 36_500 });

export const caInit = command({
  name: "ca init",
  summary: "make an authority for certificates",
  about:
    "Writes DIR/ca.pem, which every process of the cluster is given (--tls-ca), and DIR/ca.key, " +
    "which stays there: whoever has it can pass for anybody. Nothing is written over.",
  args: { dir: optionalArgument("DIR", "its folder (ca)", word, { hint: "folder" }) },
  options: {
    days: option("N", "how long it is valid", days, AUTHORITY_DAYS),
    json: flag("print JSON"),
  },
  examples: [["wallaroo ca init", "in the folder ca"]],
  async run({ args, options, io }) {
    const { initAuthority } = await import("../host/ca-folder.ts");
    const dir = args.dir ?? FOLDER;
    const now = systemClock().now();
    const made = await initAuthority(resolve(io.cwd, dir), { days: options.days, now });
    const text =
      `authority ${made.cert}, until ${dayOf(made.until)}; its key ${made.key} stays there\n` +
      `next: wallaroo ca issue coordinator ${dir}, wallaroo ca issue w-1 ${dir}`;
    await io.stdout.write(`${options.json ? JSON.stringify(made) : text}\n`);
    return 0;
  },
});

export const caIssue = command({
  name: "ca issue",
  summary: "make a certificate for a process of a cluster",
  about:
    "Writes DIR/NAME.pem and DIR/NAME.key. A worker's certificate is for the worker of that name " +
    "and no other. Move both to the machine that they are for, with a copy of DIR/ca.pem.",
  args: {
    name: argument("NAME", "coordinator, or a worker's name, or a user's", word),
    dir: optionalArgument("DIR", "the authority's folder (ca)", word, { hint: "folder" }),
  },
  options: {
    role: option(
      "ROLE",
      "coordinator, worker, or client for commands (coordinator by that name, else worker)",
      oneOf<Role>(ROLES),
      undefined,
      { hint: ROLES },
    ),
    host: list("HOST", "a name or address under which others, such as curl, reach it", word),
    days: option("N", "how long it is valid", days, ISSUED_DAYS),
    json: flag("print JSON"),
  },
  examples: [
    ["wallaroo ca issue coordinator --host 10.0.0.5", "for the coordinator"],
    ["wallaroo ca issue w-1", "for worker w-1"],
    ["wallaroo ca issue ada --role client", "for who deploys"],
  ],
  async run({ args, options, io }) {
    const { issueIn } = await import("../host/ca-folder.ts");
    const { name, dir = FOLDER } = args;
    const role = options.role ?? (name === "coordinator" ? "coordinator" : "worker");
    const now = systemClock().now();
    const request = { role, name, hosts: options.host, days: options.days, now };
    const made = await issueIn(resolve(io.cwd, dir), request);
    const text =
      `${role} ${name}: ${made.cert} and ${made.key}, until ${dayOf(made.until)}\n` +
      `use: --tls-cert ${made.cert} --tls-key ${made.key} --tls-ca ${resolve(io.cwd, dir)}/ca.pem`;
    await io.stdout.write(`${options.json ? JSON.stringify({ role, name, ...made }) : text}\n`);
    return 0;
  },
});

function dayOf(date: Date): string {
  return date.toISOString().slice(0, 10);
}
