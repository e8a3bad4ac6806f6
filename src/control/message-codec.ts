/** Messages to bytes and back. An unknown message, field or value is an error, never a guess. */
import { messageOf, externalError, type WallarooError } from "../base/errors.ts";
import { readPlain } from "../codec/plain-read.ts";
import { writePlain } from "../codec/plain-write.ts";
import { ByteWriter } from "../base/bytes.ts";
import { TO_COORDINATOR, TO_WORKER } from "./message-shapes.ts";
import type { Deployment, ToCoordinator, ToWorker } from "./messages.ts";
import type { Shape } from "./shape.ts";

export function encodeMessage(message: ToCoordinator | ToWorker): Uint8Array {
  const writer = new ByteWriter(256);
  writePlain(message, writer);
  return writer.take();
}

/** @throws {WallarooError} `bad_message` */
export function decodeToCoordinator(bytes: Uint8Array): ToCoordinator {
  return decode(bytes, TO_COORDINATOR) as ToCoordinator;
}

/** @throws {WallarooError} `bad_message` */
export function decodeToWorker(bytes: Uint8Array): ToWorker {
  const message = decode(bytes, TO_WORKER) as ToWorker;
  const problem = message.type === "deploy" ? deploymentProblem(message) : undefined;
  if (problem !== undefined) throw badMessage(`deploy: ${problem}`);
  return message;
}

function decode(bytes: Uint8Array, shapes: Readonly<Record<string, Shape>>): unknown {
  let value: unknown;
  try {
    value = readPlain(bytes, 0, bytes.length);
  } catch (error) {
    throw badMessage(messageOf(error));
  }
  const type =
    typeof value === "object" && value !== null && "type" in value ? value.type : undefined;
  const shape = typeof type === "string" && Object.hasOwn(shapes, type) ? shapes[type] : undefined;
  if (shape === undefined) throw badMessage(`there is no message ${String(type).slice(0, 100)}`);
  const problem = shape(value, "");
  if (problem !== undefined) throw badMessage(`${String(type)}: ${problem}`);
  return value;
}

/** Indexes that point nowhere: what no shape can tell. */
function deploymentProblem({ placement, self }: Deployment): string | undefined {
  const { workers, tasks, sources, sinks } = placement;
  if (self >= workers.length) return `self is ${self}, of ${workers.length} workers`;
  for (const [id, { instances, groups }] of tasks.entries()) {
    if (instances.length === 0) return `task ${id} has no instance`;
    if (instances.some((worker) => worker >= workers.length)) return `task ${id}: no such worker`;
    if (groups.some((instance) => instance >= instances.length)) {
      return `task ${id}: a key group has no owner`;
    }
  }
  const most = Math.max(0, ...tasks.map(({ instances }) => instances.length));
  const ends = [
    ...sources.flatMap(({ instances }) => instances),
    ...sinks.flatMap(({ connections }) => connections),
  ];
  return ends.some((instance) => instance >= most) ? "a source or sink has no place" : undefined;
}

export function badMessage(why: string): WallarooError {
  return externalError("bad_message", `a message of the control plane is refused: ${why}`);
}
