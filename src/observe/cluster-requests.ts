/** What is asked of a coordinator by HTTP: bodies of requests, checked (pure). */
import { CHECKPOINT_INTERVAL_MS_MAX, CHECKPOINT_INTERVAL_MS_MIN } from "../model/limits.ts";

/** What somebody wants to be deployed. */
export interface DeployRequest {
  readonly app: string;
  /** Undefined: the app's name. */
  readonly name: string | undefined;
  readonly set: Readonly<Record<string, string>>;
  readonly workers: number | undefined;
  /** How often a checkpoint is taken, ms; undefined: each second. */
  readonly checkpointIntervalMs?: number | undefined;
  /** A savepoint of the store that it begins from; undefined: from the start. */
  readonly from?: SavepointPlace | undefined;
  /** States of it that may be left behind. */
  readonly dropStates?: readonly string[];
}

/** A savepoint, and the whole name of its job in the store. */
export interface SavepointPlace {
  readonly lineage: string;
  readonly savepoint: string;
}

/** From where an ended job is begun again. */
export interface RestoreRequest {
  /** The number of a checkpoint, or the name of a savepoint; undefined: the newest. */
  readonly from: string | undefined;
  /** The whole name of the job whose savepoint that is; undefined: of the job itself. */
  readonly lineage?: string | undefined;
  readonly acceptDuplicates: boolean;
}

const NAME_MAX = 200;
const DROPPED_MAX = 1_000;

/** The request, or what is wrong with it. */
export function deployRequest(body: unknown): DeployRequest | string {
  const wanted =
    'the body must be {"app": "NAME"}, with "name", "set" (texts by name), "workers", ' +
    `"checkpointIntervalMs" (${CHECKPOINT_INTERVAL_MS_MIN} to ${CHECKPOINT_INTERVAL_MS_MAX}), ` +
    '"from" ({"lineage": "counts-0123456789ab", "savepoint": "sp-12"}) ' +
    'and "dropStates" (names) if wanted';
  const { app, name, set = {}, workers, checkpointIntervalMs, from } = fieldsOf(body);
  const { dropStates = [] } = fieldsOf(body);
  if (typeof app !== "string" || (name !== undefined && typeof name !== "string")) return wanted;
  if (typeof set !== "object" || set === null) return wanted;
  const values = Object.entries(set) as (readonly [string, unknown])[];
  if (!values.every((entry): entry is [string, string] => typeof entry[1] === "string")) {
    return wanted;
  }
  if (workers !== undefined && !isCount(workers, 1, Infinity)) return wanted;
  const [least, most] = [CHECKPOINT_INTERVAL_MS_MIN, CHECKPOINT_INTERVAL_MS_MAX];
  if (checkpointIntervalMs !== undefined && !isCount(checkpointIntervalMs, least, most)) {
    return wanted;
  }
  if (from !== undefined && !isPlace(from)) return wanted;
  if (!Array.isArray(dropStates) || dropStates.length > DROPPED_MAX) return wanted;
  if (!dropStates.every((one): one is string => isName(one))) return wanted;
  const how = { workers, checkpointIntervalMs };
  return { app, name, set: Object.fromEntries(values), ...how, from, dropStates };
}

/** The request, or what is wrong with it. */
export function restoreRequest(body: unknown): RestoreRequest | string {
  const { from, lineage, acceptDuplicates = false } = fieldsOf(body);
  const isFrom = from === undefined || isName(from);
  const isOfOther = lineage === undefined || (isName(lineage) && from !== undefined);
  if (isFrom && isOfOther && typeof acceptDuplicates === "boolean") {
    return { from, lineage, acceptDuplicates };
  }
  return (
    'the body must be {"from": "12", "acceptDuplicates": false}: a checkpoint\'s number or a ' +
    'savepoint\'s name, with "lineage" where it is of another job'
  );
}

function fieldsOf(body: unknown): Readonly<Record<string, unknown>> {
  return typeof body === "object" && body !== null ? { ...body } : {};
}

function isCount(value: unknown, least: number, most: number): value is number {
  return Number.isInteger(value) && (value as number) >= least && (value as number) <= most;
}

function isPlace(value: unknown): value is SavepointPlace {
  const { lineage, savepoint } = fieldsOf(value);
  return isName(lineage) && isName(savepoint);
}

function isName(value: unknown): value is string {
  return typeof value === "string" && value !== "" && value.length <= NAME_MAX;
}
