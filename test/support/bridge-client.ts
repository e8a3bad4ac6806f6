/**
 * A client of the connector protocol, written from its page and not from our codec: it makes bytes
 * by hand, and reads what comes with its own eyes.
 */

const u16 = (n: number): Buffer => {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16BE(n);
  return bytes;
};
const u32 = (n: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(n);
  return bytes;
};
const u64 = (n: bigint | number): Buffer => {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(BigInt(n));
  return bytes;
};
const i64 = (n: bigint | number): Buffer => {
  const bytes = Buffer.alloc(8);
  bytes.writeBigInt64BE(BigInt(n));
  return bytes;
};
const short = (text: string): Buffer =>
  Buffer.concat([u16(Buffer.byteLength(text)), Buffer.from(text)]);

export function frame(tag: number, ...parts: readonly Uint8Array[]): Buffer {
  const body = Buffer.concat([Buffer.of(tag), ...parts]);
  return Buffer.concat([u32(body.length), body]);
}

/** Of which frames are made. */
export const parts = { short, u32, u64 } as const;

export const COOKIE = "Dragons-Love-Tacos";
/** "Nothing of it was ever checkpointed." */
export const NEVER = "18446744073709551615";

type Id = bigint | number;

export const say = {
  hello: (cookie = COOKIE, version = "0.0.1", program = "app", instance = "one") =>
    frame(0, short(version), short(cookie), short(program), short(instance)),
  ok: (credits: number) => frame(1, u32(credits)),
  error: (text: string) => frame(2, short(text)),
  notify: (stream: Id, name = `stream ${stream}`, from: Id = 0) =>
    frame(3, u64(stream), short(name), u64(from)),
  notifyAck: (isGranted: boolean, stream: Id, por: Id) =>
    frame(4, Buffer.of(isGranted ? 1 : 0), u64(stream), u64(por)),
  message: (stream: Id, id: Id, text: string, key = "", time: Id = 0) =>
    frame(5, u64(stream), u64(id), i64(time), short(key), Buffer.from(text)),
  ack: (credits: number, ...streams: readonly (readonly [Id, Id])[]) =>
    frame(6, u32(credits), u32(streams.length), ...streams.flatMap(([s, p]) => [u64(s), u64(p)])),
  restart: (address = "") => frame(7, u32(address.length), Buffer.from(address)),
  eos: (stream: Id) => frame(8, u64(stream)),
} as const;

/** What a source said, as one text for each frame: `ack 5 1:20 2:7`. Numbers are decimal. */
export function heard(bytes: Buffer): string[] {
  const said: string[] = [];
  let at = 0;
  while (at + 4 <= bytes.length) {
    const end = at + 4 + bytes.readUInt32BE(at);
    if (end > bytes.length) break;
    said.push(sentence(bytes.subarray(at + 4, end)));
    at = end;
  }
  return at === bytes.length ? said : [...said, `and ${bytes.length - at} bytes`];
}

function sentence(body: Buffer): string {
  const id = (at: number): string => String(body.readBigUInt64BE(at));
  switch (body[0]) {
    case 1:
      return `ok ${body.readUInt32BE(1)}`;
    case 2:
      return `error ${body.subarray(3).toString()}`;
    case 4:
      return `notify_ack ${body[1] === 1 ? "yes" : "no"} ${id(2)} ${id(10)}`;
    case 6: {
      const count = body.readUInt32BE(5);
      const streams = Array.from(
        { length: count },
        (_, i) => ` ${id(9 + 16 * i)}:${id(17 + 16 * i)}`,
      );
      return `ack ${body.readUInt32BE(1)}${streams.join("")}`;
    }
    case 7:
      return `restart ${body.subarray(5).toString()}`;
    default:
      return `tag ${body[0]}`;
  }
}
