/** The bytes of the connector protocol: what a producer and a receiver need of them. */
const LENGTH_BYTES = 4;

export function u8(value: number): Buffer {
  return Buffer.of(value);
}

export function u32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

export function u64(value: bigint | number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(BigInt(value));
  return bytes;
}

/** A text with its length in two bytes. */
export function text(value: string): Buffer {
  const bytes = Buffer.from(value);
  const length = Buffer.alloc(2);
  length.writeUInt16BE(bytes.length);
  return Buffer.concat([length, bytes]);
}

export function frame(tag: number, ...fields: readonly Buffer[]): Buffer {
  const body = Buffer.concat([u8(tag), ...fields]);
  return Buffer.concat([u32(body.length), body]);
}

/** A message: stream, id, no event time, no key. */
export function message(stream: bigint, id: bigint | number, content: Buffer): Buffer {
  return frame(5, u64(stream), u64(id), u64(0), text(""), content);
}

/** Reads the fields of a frame, one after the other. */
export class Fields {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  u8(): number {
    return this.#bytes.readUInt8(this.#advance(1));
  }
  u32(): number {
    return this.#bytes.readUInt32BE(this.#advance(4));
  }
  u64(): bigint {
    return this.#bytes.readBigUInt64BE(this.#advance(8));
  }
  text(): string {
    const size = this.#bytes.readUInt16BE(this.#advance(2));
    const start = this.#advance(size);
    return this.#bytes.subarray(start, start + size).toString();
  }
  rest(): Buffer {
    return this.#bytes.subarray(this.#advance(this.#bytes.length - this.#at));
  }

  #advance(count: number): number {
    const at = this.#at;
    this.#at += count;
    return at;
  }
}

/** Cuts what arrives into frames, and gives each without its length. */
export class Frames {
  #held: Buffer = Buffer.alloc(0);

  *push(chunk: Buffer): Generator<Buffer> {
    this.#held = Buffer.concat([this.#held, chunk]);
    while (this.#held.length >= LENGTH_BYTES) {
      const end = LENGTH_BYTES + this.#held.readUInt32BE(0);
      if (this.#held.length < end) return;
      const body = this.#held.subarray(LENGTH_BYTES, end);
      this.#held = this.#held.subarray(end);
      yield body;
    }
  }
}
