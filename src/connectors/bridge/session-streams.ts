/**
 * The streams of one producer's connection: announced, granted, ended, given up.
 *
 * Owns: which streams the connection may send.
 * Does not own: what is known of streams beyond the connection (streams), and how it is told.
 */
import type { ClaimAnswer } from "../../model/claims.ts";
import type { Frame, Notify, Reference } from "./frames.ts";
import { ECHO_MAX } from "./hello.ts";
import type { Refusal, SessionNotes } from "./notes.ts";
import { ackOf, NONE, pointOfRef, type Stream, type StreamOwner, type Streams } from "./streams.ts";

/** The connection. */
export interface StreamSpeaker extends StreamOwner {
  say(frame: Frame): void;
  refuse(kind: Refusal, text: string): void;
}

export class SessionStreams {
  readonly #streams: Streams;
  readonly #notes: SessionNotes;
  readonly #speaker: StreamSpeaker;
  /** Granted, or asked for. */
  readonly #mine = new Map<bigint, Stream>();

  constructor(
    { streams, notes }: { readonly streams: Streams; readonly notes: SessionNotes },
    speaker: StreamSpeaker,
  ) {
    this.#streams = streams;
    this.#notes = notes;
    this.#speaker = speaker;
  }

  /** The stream, while its messages may come. */
  readonly find = (id: bigint): Stream | undefined => {
    const stream = this.#mine.get(id);
    return stream?.hold === "ours" && !stream.isEnding ? stream : undefined;
  };

  notify({ stream: id, name, pointOfRef: from }: Notify): void {
    const streams = this.#streams;
    const isNew = streams.get(id) === undefined;
    const stream = streams.claim(id, name, this.#speaker);
    if (stream === "full") {
      this.#full();
      return;
    }
    if (stream === undefined) {
      const known = streams.get(id)!;
      if (this.#mine.get(id) === known) this.#repeated(known, name);
      else this.#refused(known, name, known.owner?.peer ?? "another worker");
      return;
    }
    this.#mine.set(id, stream);
    if (isNew && from > 0n) {
      const text = "a producer does not begin at its start, and nothing of its stream is known";
      const fields = { ...this.#fields(id, name), from: String(from) };
      this.#notes.line(`${text}: it is asked to send all again`, fields);
    }
    if (stream.hold === "ours") this.#tell(stream, true);
  }

  /** What was asked for is granted, or not. */
  decided(stream: Stream, answer: ClaimAnswer): void {
    if (answer.type === "granted") {
      this.#tell(stream, true);
      return;
    }
    this.#mine.delete(stream.id);
    if (answer.type === "full") this.#full();
    else this.#refused(stream, stream.name, `worker ${answer.by}`);
  }

  /** No more comes of it. Gives what is to be acknowledged at once. */
  end(id: bigint): readonly Reference[] {
    const stream = this.find(id);
    if (stream === undefined) {
      const text = `Bad/unregistered stream_id ${id} with end of stream`;
      this.#speaker.refuse("unknownStreams", text);
      return [];
    }
    stream.isEnding = true;
    return stream.acked === stream.seen ? [[id, ackOf(stream)]] : [];
  }

  /** What is durable. */
  acks(): readonly Reference[] {
    const acks: Reference[] = [];
    for (const stream of this.#mine.values()) {
      if (stream.hold !== "ours") continue;
      if (isOver(stream) || stream.acked !== NONE) acks.push([stream.id, ackOf(stream)]);
    }
    return acks;
  }

  /** Those that ended, and of which all is acknowledged, are others' to send. */
  giveUpEnded(): void {
    for (const stream of [...this.#mine.values()].filter(isOver)) {
      this.#mine.delete(stream.id);
      this.#streams.release(stream);
    }
  }

  /** The connection is gone. */
  leave(): void {
    this.#streams.forget(this.#speaker);
    for (const stream of this.#mine.values()) this.#streams.release(stream);
    this.#mine.clear();
  }

  #full(): void {
    const text = `Too many streams: ${this.#streams.max} are known, which is the limit`;
    this.#speaker.refuse("tooManyStreams", text);
  }

  #refused(stream: Stream, name: string, other: string): void {
    const text = "stream refused: another producer sends it";
    this.#notes.refuse("streams", text, { ...this.#fields(stream.id, name), other });
    this.#tell(stream, false);
  }

  /** A NOTIFY of a stream that this connection has already. */
  #repeated(stream: Stream, name: string): void {
    const why = stream.isEnding
      ? "this connection has ended it, and what it sent is not all durable yet"
      : stream.name === name
        ? "this connection sends it already"
        : "this connection sends it under another name: each stream has an id of its own";
    const fields = { ...this.#fields(stream.id, name), as: stream.name.slice(0, ECHO_MAX) };
    this.#notes.refuse("streams", `stream refused: ${why}`, fields);
    this.#tell(stream, false);
  }

  #tell(stream: Stream, isGranted: boolean): void {
    const { id } = stream;
    this.#speaker.say({
      type: "notifyAck",
      isGranted,
      stream: id,
      pointOfRef: pointOfRef(stream),
    });
  }

  #fields(id: bigint, name: string) {
    return { peer: this.#speaker.peer, stream: name.slice(0, ECHO_MAX), streamId: String(id) };
  }
}

function isOver(stream: Stream): boolean {
  return stream.isEnding && stream.acked === stream.seen;
}
