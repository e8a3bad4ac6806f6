/** What a user says of a TCP source or sink, checked when the app is built. */
import type { Duration } from "../../base/duration.ts";
import { userError } from "../../base/errors.ts";
import type { Decoder, Encoder } from "../../model/codec.ts";
import type { FrameKind } from "../../model/frame.ts";
import type { OnInvalid } from "../../model/source.ts";
import type { Address } from "../../ports/network.ts";
import type { LogKind } from "../../ports/record-log.ts";

/** Where: a port and a host (default 127.0.0.1), or both as one text `"host:port"`. */
export type TcpAddress = (
  | { readonly port: number; readonly host?: string; readonly address?: undefined }
  | { readonly address: string; readonly port?: undefined; readonly host?: undefined }
) & {
  /** Plain TCP is neither private nor authenticated, so a host beyond loopback must be allowed. */
  readonly insecure?: boolean;
};

export type ListenSettings<T> = TcpAddress & {
  /** How records are told apart. */
  readonly frame: FrameKind;
  readonly decode: Decoder<T>;
  /** What follows bytes that are no record. Default `"skip"`: counted and logged. */
  readonly onInvalid?: OnInvalid;
  /** The longest record in bytes; a connection that announces a longer one is closed.
   *  Default, and most: 16 MiB. */
  readonly maxFrameBytes?: number;
  /** How many producers may be connected. Default, and most: 10,000. */
  readonly connections?: number;
  /** How long a record that was begun may stay unfinished. Default `"60s"`. */
  readonly idle?: Duration;
};

export type ListenOptions<T> = ListenSettings<T> & {
  readonly origin?: false;
  /** Where records are made durable before they are read, so that a crash loses none of them:
   *  `"disk"`, in the worker's folder; `"replicated"`, in the job's store. Default `"none"`. */
  readonly log?: IngestLevel;
  /** Producers are told how many frames of their connection are durable: a u64, big-endian, each
   *  time that it has grown. Needs a `log`. Default false. */
  readonly acks?: boolean;
};

/** What of plain input outlives a process: nothing, what its worker's disk keeps, or the store. */
export type IngestLevel = "none" | LogKind;

export type ListenOriginOptions<T> = ListenSettings<T> & {
  /** Records come as `{ from, value }`; `tcp.reply` finds the connection again by `from`. */
  readonly origin: true;
  /** How long a connection whose producer has sent its last is kept after the last reply. Default
   *  `"10s"`. */
  readonly linger?: Duration;
};

/** Names the connection that a record came from: plain data, never used twice. */
export type Origin = string;

/** A record, and where it came from. */
export interface WithOrigin<T> {
  readonly from: Origin;
  readonly value: T;
}

export interface ReplyOptions<V> {
  readonly frame: FrameKind;
  readonly encode: Encoder<V>;
  /** A reader that takes nothing for so long, while 1 MiB of replies waits for it, is closed.
   *  Default `"10s"`. */
  readonly stall?: Duration;
}

export type ConnectOptions<T> = TcpAddress & {
  readonly frame: FrameKind;
  readonly encode: Encoder<T>;
  /** When records leave: as they come, or when the checkpoint is complete that they belong to, so
   *  that a job that goes back to one does not send them again. Default `"now"`. */
  readonly release?: "now" | "checkpoint";
};

const PORT_MAX = 65_535;
export const DEFAULT_HOST = "127.0.0.1";

/**
 * The address of a source or sink. `portMin`: 0 where a free port may be taken.
 * @throws {WallarooError} `bad_address`, `insecure_address`
 */
export function addressOf(options: TcpAddress, where: string, portMin: 0 | 1): Address {
  const address =
    options.address === undefined
      ? { host: options.host ?? DEFAULT_HOST, port: options.port }
      : parseAddress(options.address, where);
  const { host, port } = address;
  if (typeof port !== "number" || !Number.isInteger(port) || port < portMin || port > PORT_MAX) {
    throw userError(
      "bad_address",
      `${where}: port is ${String(port)}, use a whole number from ${portMin} to ${PORT_MAX}`,
    );
  }
  if (typeof host !== "string" || host === "") {
    throw userError(
      "bad_address",
      `${where}: host is ${JSON.stringify(host)}, use a name or an IP`,
    );
  }
  if (!isLoopback(host) && options.insecure !== true) {
    throw userError(
      "insecure_address",
      `${where}: ${addressText(address)} is beyond this machine and plain TCP is neither private ` +
        "nor authenticated: use 127.0.0.1, or say insecure: true where the network is trusted",
    );
  }
  return address;
}

/** A whole number in [1, max]. @throws {WallarooError} `bad_option` */
export function boundOf(value: number | undefined, max: number, name: string): number {
  if (value === undefined) return max;
  if (Number.isInteger(value) && value >= 1 && value <= max) return value;
  throw userError("bad_option", `${name} is ${String(value)}, use a whole number from 1 to ${max}`);
}

/** `127.0.0.1:7010`, `[::1]:7010`. */
export function addressText({ host, port }: Address): string {
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}

export function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || /^127\.\d{1,3}\.\d{1,3}\.\d{1,3}$/.test(host);
}

function parseAddress(text: string, where: string): Address {
  const match = /^(?:\[([^\]]+)\]|([^:[\]]*)):(\d{1,5})$/.exec(text);
  if (match === null) {
    throw userError(
      "bad_address",
      `${where}: address is ${JSON.stringify(text)}, use "host:port", "[::1]:port" or ":port"`,
    );
  }
  return { host: match[1] ?? (match[2] || DEFAULT_HOST), port: Number(match[3]) };
}
