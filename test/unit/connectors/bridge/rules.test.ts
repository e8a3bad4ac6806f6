/** The rules of the connector protocol, and the tests that keep each: none may lose its test. */
import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";

const HERE = "test/unit/connectors/bridge";
const BINARY = "test/cluster/bad-connectors.test.ts";
const WORKERS = "test/cluster/bridge-workers.test.ts";
const CLAIMS = "test/property/bridge-claims.test.ts";
const ROOT = join(import.meta.dir, "..", "..", "..", "..");

/** A rule in our words; then a file of tests, and the begin of a test's name, for each test. */
type Rule = readonly [rule: string, ...tests: readonly (readonly [file: string, name: string])[]];

const SOURCE: readonly Rule[] = [
  [
    "1. A producer says hello first, of version 0.0.1, with the cookie; else it is told and closed",
    ["session", "another version is refused"],
    ["session", "a wrong cookie is refused, and the answer does not tell"],
    ["session", "a frame before the hello, and a second hello, are refused"],
    [BINARY, "strangers are told and closed"],
  ],
  [
    "2. It is granted its credits, in one write",
    ["session", "a producer says hello and gets credits"],
    ["session", "the answer to a hello leaves in one write"],
  ],
  [
    "3. A stream is announced; the answer tells its last durable message, or that there is none",
    ["streams", "a stream of which nothing is durable begins at its start"],
    ["streams", "a stream is told the last of its messages that is durable"],
  ],
  [
    "3. No is said while another connection sends it, while it ends, and to who has it already",
    ["streams", "a stream that another connection sends is refused until that one is gone"],
    ["streams", "a stream that ends just now is refused until it has ended"],
    ["streams", "a stream that this connection sends already is refused, and goes on"],
    [BINARY, "strangers are told and closed"],
  ],
  [
    "3. Who was refused hears acknowledgements, at which it asks again",
    ["streams", "a refused producer hears an ACK with the next checkpoint"],
  ],
  [
    "4. A message of a stream that is not open closes its producer",
    ["batch", "a message of a stream that is not open closes its producer"],
    [BINARY, "strangers are told and closed"],
  ],
  [
    "4. Ids grow; what is not above the last is dropped; the first may be any",
    ["batch", "ids that are not above the last one are dropped without a word"],
    ["batch", "messages at and below the point of reference are dropped"],
    ["batch", "the first id of a stream may be any, 0 as well"],
  ],
  [
    "4. An empty message is no record, and counts as read; one that cannot be decoded closes",
    ["batch", "an empty message is no record, and counts as read"],
    ["batch", "a message that is no record closes its producer, and not the others"],
  ],
  [
    "5. Each frame after the hello takes a credit; they are refilled at the mark",
    ["session", "every frame after the hello counts"],
    ["session", "credits are refilled when no more than the refill mark is left"],
    ["session", "a pipeline that takes nothing grants nothing"],
  ],
  [
    "5. An acknowledgement is sent only with credits or streams",
    ["reader", "an acknowledgement that would say nothing is not sent"],
  ],
  [
    "6. A complete checkpoint tells each open stream how far it holds it, and no further",
    ["reader", "a complete checkpoint acknowledges each open stream, and gives credits"],
    ["reader", "only what is durable is told, whatever was read since"],
  ],
  [
    "7. The end of a stream waits for the checkpoint that holds it, and tells its very last id",
    ["reader", "a stream ends when a checkpoint holds all of it, and is remembered"],
    ["reader", "the end of a stream is acknowledged with the very last id that it sent"],
    ["reader", "the end of a stream is acknowledged at once when all of it is durable"],
    ["reader", "nothing may follow the end of a stream"],
  ],
  [
    "8. A job that begins anew takes no frames, says RESTART with an address, and closes",
    ["reader", "frames that arrive while the job begins anew are ignored"],
    ["reader", "when the job begins anew, producers are told to come again, and where"],
    ["reader", "after a failure each stream goes on behind the checkpoint, once"],
  ],
  [
    "9. A worker that leaves names one that stays, unless the app says where to go",
    ["session-streams", "a worker that leaves sends its producers to the others, each in turn"],
    ["session-streams", "a worker that stays sends its producers to itself"],
    ["reader", "producers are told another address where the app says one"],
    [WORKERS, "streams are one producer's in the cluster, and go on elsewhere when workers go"],
  ],
  [
    "10. A connection that is lost gives its streams up",
    ["reader", "a connection that is lost gives its streams up; what comes again is dropped"],
    ["reader", "messages that were not taken when the connection was lost come again"],
  ],
  [
    "11. What only a source may say closes a producer, and so does its error",
    ["session", "%s from a producer is refused"],
    ["session", "an error from a producer closes it"],
  ],
  [
    "12. Streams are known over restarts, also those that have ended",
    ["streams", "what was read of a stream is in the position, also after it ended"],
    ["session-streams", "a generation begins with what all had read, and one tells"],
  ],
  [
    "12. A stream has one producer in the cluster, and moves behind a checkpoint",
    ["session-streams", "a stream that is open on another worker is refused"],
    ["session-streams", "a stream goes to another worker when a checkpoint has all that was read"],
    [CLAIMS, "every message counts once, whichever worker its producer comes to"],
    [WORKERS, "streams are one producer's in the cluster, and go on elsewhere when workers go"],
  ],
  ["Frames are those of the clients in the field", ["frames", "%s is written and read as the"]],
];

const SINK: readonly Rule[] = [
  [
    "1. On connect: hello of version v0.0.1, the stream, and what is undecided, at once",
    ["receiver-link", "a sink says hello, names its stream and asks what is undecided"],
    ["receiver-link", "no record is sent before the receiver has said all that it has to"],
  ],
  [
    "2. At least 2 credits; they do not count otherwise",
    ["receiver-link", "a receiver that grants fewer than 2 credits is left, and tried again"],
    ["writer", "credits that a receiver grants later do not matter"],
  ],
  [
    "3. One connection of a worker",
    ["deliveries", "all who ask for one instance share a connection, which the last closes"],
    ["committer", "an instance that is still connected elsewhere is waited for"],
  ],
  [
    "4. Ids of records are offsets without gaps",
    ["writer", "ids of records are their places in the stream of bytes, without gaps"],
  ],
  [
    "5. The first phase names the bytes since the last commit, then nothing until the second",
    ["writer", "a transaction is asked for, committed, and the next one begins where it ended"],
    ["delivery", "the first phase comes behind all records, however slowly they leave"],
  ],
  [
    "6. An empty interval need not be asked for",
    ["writer", "an epoch without records is not mentioned"],
  ],
  [
    "7. A no, or a connection that is lost, commits nothing",
    ["delivery", "a receiver that votes no: nothing of it is committed"],
    ["delivery", "records that were sent when a connection broke are sent again, once"],
  ],
  [
    "8. After an abort offsets go on at the begin of the transaction, in a new one",
    ["writer", "after a no, ids go on where that transaction began"],
    ["writer", "a yes that is taken back: ids go on where that transaction began as well"],
  ],
  [
    "9. What is undecided at a connection is committed if its checkpoint is, else taken back",
    ["committer", "another process commits what is prepared, and the next writer goes on there"],
    ["committer", "what an earlier run prepared and nobody decided is taken back"],
    ["committer", "a commit that is under way when a writer opens is made, and not taken back"],
    ["delivery", "a receiver that is gone between prepare and commit commits when it is back"],
  ],
  [
    "10. A receiver that forgets what it prepared is never taken to have committed",
    ["delivery", "a receiver that loses what it had prepared is sent it again, and told of"],
    ["delivery", "what a receiver lost, and does not want again, is never taken for committed"],
  ],
  [
    // Read and written; no worker says it: a stream of bytes belongs to an instance of the sink,
    // and not to a worker.
    "11. The messages of both phases are those of the receivers in the field",
    ["two-phase", "%s is written and read as the receivers in the field do"],
    ["two-phase", "what is said travels as a message of stream 0 without id, time and key"],
  ],
];

test.each([
  ...SOURCE.map((rule) => ["source", rule] as const),
  ...SINK.map((rule) => ["sink", rule] as const),
])("of a %s, each test of a rule is there: %j", (_, [, ...tests]) => {
  expect(tests.length).toBeGreaterThan(0);
  for (const [file, name] of tests) {
    const path = file.includes("/") ? file : `${HERE}/${file}.test.ts`;
    const names = namesOf(readFileSync(join(ROOT, path), "utf8"));
    expect(
      names.filter((each) => each.startsWith(name)),
      `${path}: ${name}`,
    ).toHaveLength(1);
  }
});

/** The names of the tests of a file: tests that are skipped or to be written do not count. */
function namesOf(code: string): readonly string[] {
  const form = /^(?:test|test\.each\(.*\)|\] as const\))\(\s*"([^"]+)"/gm;
  return [...code.matchAll(form)].map(([, name]) => name!);
}
