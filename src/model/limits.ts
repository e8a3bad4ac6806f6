/** Every bound of the system, with its reason. Nothing in Wallaroo grows without one. */

const KIB = 1024;
const MIB = 1024 * KIB;

/** One record, at source, exchange, state and sink alike: no result depends on the cluster. */
export const RECORD_BYTES_MAX = 16 * MIB;
/** Records of one batch of a source: about 0.5 ms of work at 1,000,000 records/s. */
export const BATCH_RECORDS_MAX = 512;
/** Bytes of one batch, unless one record alone is larger. */
export const BATCH_BYTES_MAX = 64 * KIB;
/** Canonical bytes of a key: keys are indexes, not payloads. */
export const KEY_BYTES_MAX = 64 * KIB;
/** Nesting of a key made of arrays. */
export const KEY_DEPTH_MAX = 8;
/** A name of a step, source or sink, in code points. */
export const STEP_NAME_MAX = 100;
/** Steps of one app. */
export const STEPS_MAX = 10_000;
/** Key groups of a job: the most workers that can share keyed state. Fixed when it is created. */
export const KEY_GROUPS = 256;
/** Outputs that one call may give for one record; the step's `maxOutputs` changes it. */
export const OUTPUTS_PER_RECORD_MAX = 1_000_000;
/** Outputs after which a step with many looks whether its turn is over. */
export const OUTPUTS_PER_CHECK = 64;
/** Records processed between two looks at the clock. */
export const RECORDS_PER_CHECK = 64;
/** A turn of the loop, so that timers and other connections wait no longer. */
export const TURN_MS = 1;
/** Records a sink holds while its writer is busy; above it, its task stops. */
export const SINK_RECORDS_MAX = 4_096;
/** Bytes that a network sink holds for a slow or absent receiver; above it, its task stops. */
export const SINK_BYTES_MAX = 1 * MIB;
/** Connections of one TCP source. */
export const SOURCE_CONNECTIONS_MAX = 10_000;
/** Bytes that a TCP source received and did not hand over; above it, all its producers pause. */
export const SOURCE_WAITING_BYTES_MAX = 64 * MIB;
/** Bytes of unfinished frames of all producers of a source; above it, one that grows is closed. */
export const SOURCE_UNFINISHED_BYTES_MAX = 256 * MIB;
/** Closed producers that a source still tells of. */
export const PRODUCERS_CLOSED_MAX = 100;
/** How long a frame that was begun may stay unfinished before its connection is closed. */
export const FRAME_IDLE_MS = 60_000;
/** Loading an app: bundle, import and build of its graph. */
export const APP_LOAD_MS = 10_000;
/** Text of a record in an error or a log line. */
export const RECORD_TEXT_MAX = 300;
/** Checkpoints are taken this often, and sinks commit, unless a job says otherwise; in one process
 *  without checkpoints sinks commit this often. */
export const COMMIT_INTERVAL_MS = 1_000;
/** A job may say so: not more often than a coordinator looks, nor so seldom that none is there. */
export const CHECKPOINT_INTERVAL_MS_MIN = 250;
export const CHECKPOINT_INTERVAL_MS_MAX = 86_400_000;
/** The first checkpoint behind a recovery comes so soon. */
export const FIRST_CHECKPOINT_MS = 250;
/** How long another version of an app waits for what is inside to come out. */
export const SWAP_MS = 5_000;
/** How long a stop may take before what is left is given up, and said. */
export const STOP_MS = 10_000;
/** Nesting of plain data. */
export const PLAIN_DEPTH_MAX = 64;
/** How often a source whose splits may grow is asked for new ones. */
export const DISCOVER_INTERVAL_MS = 1_000;
/** Invalid frames and the like are logged at most this often for one source. */
export const LOG_INTERVAL_MS = 1_000;
/** Lines of one call site of users' code in that interval: more would hide all others. */
export const LOG_LINES_PER_INTERVAL = 10;
/** Call sites of one step that are told apart; all others together count as one. */
export const LOG_SITES_MAX = 128;
/** Body of an HTTP request to us: settings, never data. */
export const HTTP_BODY_BYTES_MAX = 64 * KIB;
/** Calls of one `asyncMap` under way at a time. */
export const ASYNC_CALLS_MAX = 10_000;
/** Targets of one `sinkEach` open at a time. */
export const SINK_TARGETS_MAX = 10_000;
/** The name of a target of `sinkEach`: it becomes a part of file names and addresses. */
export const TARGET_NAME_MAX = 200;
/** How long a close waits for targets that are just being opened. */
export const TARGET_CLOSE_MS = 2_000;
/** A target that was to make room and did not by then: another one is asked, too. */
export const TARGET_LEAVE_MS = 1_000;
/** Connections of one sink. */
export const SINK_CONNECTIONS_MAX = 1_000;
/** Batches that wait in a channel between two tasks of one process. */
export const LOCAL_BATCHES_MAX = 16;
/** Expired keys that are dropped between two looks at the clock. */
export const EXPIRED_PER_CHECK = 1_000;
/** A record of the log of a cluster: a job's whole plan is one. */
export const META_RECORD_BYTES_MAX = 16 * MIB;
/** One control message between coordinator and worker. */
export const CONTROL_FRAME_BYTES_MAX = 16 * MIB;
/** The same, of a peer that has not proved who it is. */
export const HELLO_FRAME_BYTES_MAX = 4 * KIB;
/** Control messages that wait for one slow peer; above it, its connection is closed. */
export const CONTROL_QUEUE_BYTES_MAX = 64 * MIB;
/** Control connections of one coordinator. */
export const CONTROL_CONNECTIONS_MAX = 1_024;
/** The same, of peers that have not proved who they are. */
export const HANDSHAKES_MAX = 128;
/** How long a peer may take to prove who it is. */
export const HANDSHAKE_MS = 5_000;
/** A bundle of an app is sent in pieces of this size. */
export const BUNDLE_CHUNK_BYTES = 256 * KIB;
/** A bundle of an app. */
export const BUNDLE_BYTES_MAX = 64 * MIB;
/** How often a worker says that it is there. */
export const HEARTBEAT_MS = 1_000;
/** After this long without a word a worker counts as dead. */
export const SUSPECT_MS = 3_000;
/** After this long without a turn of its loop a worker is called stuck. */
export const STUCK_MS = 5_000;
/** After this long without a turn of its loop a worker ends its own process. */
export const STUCK_KILL_MS = 30_000;
/** How long all workers of a deployment may take to be ready, and then to have opened all. */
export const DEPLOY_MS = 30_000;
/** How long a recovery waits for workers that are missing. */
export const REGATHER_MS = 1_000;
/** How long a worker is left out of a job that another one could not reach again and again. */
export const LEFT_OUT_MS = 60_000;
/** How long workers may take to drain, or to let go of a job. */
export const RELEASE_MS = 30_000;
/** Workers of one cluster. */
export const WORKERS_MAX = 512;
/** Jobs that a coordinator remembers, ended ones included; the oldest ended are forgotten. */
export const JOBS_KEPT_MAX = 100;
/** How long a connection is kept for replies after its producer has sent its last. */
export const REPLY_LINGER_MS = 10_000;
/** A reader of replies that takes nothing for so long, while its bound is full, is closed. */
export const REPLY_STALL_MS = 10_000;
/** Streams that a source of the connector protocol knows, also those that ended long ago: where
 *  each was read to is a field of one position. */
export const BRIDGE_STREAMS_MAX = 10_000;
/** Characters of a name that readers of a source claim, and of what is left with it. */
export const CLAIM_TEXT_MAX = 1_000;
/** After so long without bytes the host of a producer is asked whether it is there: its streams are
 *  nobody else's while its connection stands. */
export const BRIDGE_KEEP_ALIVE_MS = 30_000;
/** Bytes that wait for a producer that reads no replies; above it, it is closed. */
export const BRIDGE_REPLY_BYTES_MAX = 1 * MIB;
/** Bytes of records that a sink of the connector protocol keeps until they are decided, to send
 *  them again when its connection breaks. */
export const BRIDGE_REPLAY_BYTES_MAX = 16 * MIB;
/** What a receiver of the connector protocol says at once: names of transactions. */
export const BRIDGE_RECEIVER_FRAME_BYTES_MAX = 1 * MIB;
/** How long such a receiver may take to vote: it makes its data durable first. */
export const BRIDGE_VOTE_MS = 60_000;
/** How long a decision waits for a receiver that is away: less than a deployment may take, which
 *  then is tried again. */
export const BRIDGE_DECIDE_MS = 20_000;
/** How long a job that begins waits to hear what such a receiver has undecided; one that is away is
 *  asked when the first record comes. */
export const BRIDGE_LIST_MS = 2_000;

/** Key groups of a job: fixed when it is created. */
export const KEY_GROUPS_MAX = 65_536;
/** Files that hold the state of one instance of a task together. */
export const CHAIN_FILES_MAX = 1_000;
/** Splits whose positions one checkpoint holds. */
export const SPLITS_MAX = 100_000;
/** Transactions that one checkpoint holds: a target of a `sinkEach` has one. */
export const COMMITTABLES_MAX = 100_000;
/** Checkpoints that are kept besides savepoints: the newest to begin from, others to look into. */
export const CHECKPOINTS_KEPT = 3;
/** Of those that were damaged and given up, for inspection. */
export const DAMAGED_KEPT_MAX = 3;
/** Jobs of a name, one begun from a checkpoint of the other, whose checkpoints are listed. */
export const EARLIER_JOBS_MAX = 10;
/** How long the blob stays by which workers knew a coordinator's store; how many go at once. */
export const PROOF_KEPT_MS = 86_400_000;
export const PROOFS_REMOVED_MAX = 1_000;
/** How soon files of the newest checkpoint are read back again. */
export const VERIFY_AGAIN_MS = 3_600_000;
/** Of all jobs together; the bytes of one read; how often a file is read before it is damaged. */
export const VERIFY_BYTES_PER_S = 16 * MIB;
export const VERIFY_PIECE_BYTES = MIB;
export const VERIFY_TRIES = 3;
/** Damaged files that a barrier names at most. */
export const DAMAGED_FILES_MAX = 100;
/** How often the leader looks for files that crashes left in the store of a job. */
export const SWEEP_INTERVAL_MS = 600_000;
/** Files that are younger, against the newest of the job, stay: somebody may be at them. */
export const SWEEP_GRACE_MS = 600_000;
/** Files that one look removes; the next one goes on. */
export const SWEEP_FILES_MAX = 1_000;
/** Bytes and files of a savepoint that is exported: a ZIP without extensions takes little more. */
export const EXPORT_BYTES_MAX = 4_000 * MIB;
export const EXPORT_FILES_MAX = 65_000;
/** The directory of a ZIP that is read: as many files with the longest names. */
export const ZIP_DIRECTORY_BYTES_MAX = 64 * MIB;
/** A blob that is read as a whole; files of checkpoints are read in pieces. */
export const BLOB_BYTES_MAX = 64 * MIB;
/** Attempts at one call of a store, within some 5 s; who asked decides what then. */
export const STORE_ATTEMPTS_MAX = 6;
export const STORE_RETRY_FIRST_MS = 100;
export const STORE_RETRY_MAX_MS = 2_000;
/** One request to a store, with the piece of a blob that it carries, where its URL does not say. */
export const STORE_REQUEST_MS = 20_000;
export const STORE_REQUEST_MIN_MS = 100;
export const STORE_REQUEST_MAX_MS = 600_000;
/** Creates of one name with which a store is probed. */
export const PROBE_WRITERS = 4;
/** A lease that was not renewed for so long, by the clock of who looks, is anybody's. */
export const LEASE_MS = 5_000;
/** How often it is renewed, and looked at by who waits for it. */
export const LEASE_RENEW_MS = 1_250;
/** How long a coordinator that ends may take to give it back. */
export const LEASE_RELEASE_MS = 1_000;
/** Swaps of a lease after which older records of it are dropped. */
export const LEASE_RECORDS_KEPT = 64;
/** A piece of a large blob: S3 takes 10,000 of at least 5 MiB, and a writer holds one. */
export const S3_PART_BYTES = 8 * MIB;
/** A piece of a blob that is a row of PostgreSQL: such a row is read as a whole. */
export const SQL_PIECE_BYTES = 1 * MIB;
/** A value in etcd, whose requests are 1.5 MiB at most by default. */
export const ETCD_VALUE_BYTES_MAX = 1 * MIB;
/** Connections to a database of one store. */
export const SQL_CONNECTIONS_MAX = 4;
/** A page of names, or an error of a store. */
export const STORE_ANSWER_BYTES_MAX = 16 * MIB;
/** Names of one page: as many as S3 gives. */
export const STORE_PAGE_NAMES = 1_000;
/** A name of a blob: with the prefix of a bucket it stays below the 1,024 that S3 allows. */
export const BLOB_NAME_MAX = 512;
/** Bytes of records in one block of a segment, before it is compressed: it ends with the record
 *  that makes it so large. */
export const SEGMENT_BLOCK_BYTES = 64 * KIB;
/** What a store is given at once of the file of a checkpoint, unless one block is larger. */
export const SEGMENT_PIECE_BYTES = 256 * KIB;
/** A block inflated: one with a value of the greatest size, or a map of many. */
export const SEGMENT_INFLATED_BYTES_MAX = 1024 * MIB;
/** Lists of names of fields that values of one state in a segment have in common; fields of one;
 *  values that are in none, after which no more are looked for. */
export const NAME_BOOK_LISTS_MAX = 32;
export const NAME_BOOK_FIELDS_MAX = 32;
export const NAME_BOOK_MISSES_MAX = 256;
/** The header or footer of a segment. */
export const SEGMENT_META_BYTES_MAX = 16 * MIB;
/** State of a task up to so many entries is written in full each time: it is small, and no chain of
 *  changes is better than a short one. */
export const SNAPSHOT_SMALL_ENTRIES = 4_096;
/** And only while the chain has no more bytes: one key may have a map of many entries. */
export const SNAPSHOT_SMALL_BYTES = 64 * KIB;
/** Files of a chain, about: at least this part of all key groups is written in full each time. */
export const SNAPSHOT_CHAIN_FILES = 64;
/** Bytes of changes for each byte of key groups in full: with fewer a checkpoint costs more, with
 *  more the chain is longer, and a restore takes longer. */
export const SNAPSHOT_CHANGES_PER_FULL = 2;
/** Entries that are encoded between two looks at the clock. */
export const SNAPSHOT_ENTRIES_PER_CHECK = 64;
/** How long one piece of a snapshot may hold up records. */
export const SNAPSHOT_SLICE_MS = 1;
/** A block of an ingest log: one record of the greatest size, or the records of some moments. */
export const RECORD_LOG_BLOCK_BYTES_MAX = RECORD_BYTES_MAX + 5 * MIB;
/** A segment of an ingest log ends with the block that makes it so large: it is removed as a whole,
 *  and the newest is read as a whole after a crash. */
export const RECORD_LOG_SEGMENT_BYTES = 64 * MIB;
/** Segments of an ingest log that nobody needs any more, kept to be written over: at full speed a
 *  checkpoint leaves two or three. */
export const RECORD_LOG_SPARES_MAX = 4;
/** Bytes that an ingest log gathers while it writes those before; above, its producers wait. */
export const INGEST_GATHER_BYTES = 4 * MIB;
/** Bytes that an ingest log has written and that the pipeline did not take; above, its producers
 *  wait: what is behind is read by nobody. */
export const INGEST_WAITING_BYTES_MAX = 16 * MIB;
/** How often an ingest log tries anew whose disk was full. */
export const INGEST_FULL_MS = 1_000;
/** Bytes of an epoch of a sink that waits for its checkpoint, while an earlier one is being sent:
 *  above, records wait for the receiver. */
export const RELEASE_BYTES_MAX = 16 * MIB;
/** Of an epoch that has no more, the bytes are stored with its mark, in one write. */
export const RELEASE_INLINE_BYTES = 128 * KIB;
/** Bytes that wait for their commit in memory, where a job keeps no checkpoints: in all. */
export const RELEASE_MEMORY_BYTES_MAX = 64 * MIB;
/** How long a commit waits for a receiver before a job begins: less than a deployment may take,
 *  which then is tried again. */
export const RELEASE_COMMIT_MS = 20_000;

/** Ends of channels that one worker tells of at a barrier. */
export const CHANNEL_FLOWS_MAX = 65_536;
/** Fields of a state whose shape is compared with that of a checkpoint; one with more is not. */
export const STATE_SHAPE_FIELDS_MAX = 200;
/** After so long the status tells what a checkpoint waits for. */
export const ROUND_LATE_MS = 5_000;
