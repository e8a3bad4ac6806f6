/** Every decoder of bytes from a network, with samples of what it likes. */
import { X509Certificate } from "node:crypto";
import { ByteWriter } from "../../src/base/bytes.ts";
import { PieceTable } from "../../src/base/piece-table.ts";
import { readPlain } from "../../src/codec/plain-read.ts";
import { ShapeDecoder, ShapeEncoder } from "../../src/codec/shape.ts";
import { LENGTH_BYTES, readFrame } from "../../src/connectors/bridge/frames.ts";
import { readTwoPhase } from "../../src/connectors/bridge/two-phase.ts";
import {
  decodeToCoordinator,
  decodeToWorker,
  encodeMessage,
} from "../../src/control/message-codec.ts";
import { ControlCutter, frameOf } from "../../src/control/wire.ts";
import { FrameCutter } from "../../src/exchange/frame-cutter.ts";
import { FRAME, type Frame, makeFrame } from "../../src/exchange/frame.ts";
import {
  helloBytes,
  plainBytes,
  readChallenge,
  readHello,
  readProof,
  readRefusal,
  readWelcome,
  welcomeBytes,
} from "../../src/exchange/link-hello.ts";
import { systemCrypto } from "../../src/host/system-crypto.ts";
import { FRAME_KINDS } from "../../src/model/frame.ts";
import { KeyMemo, NO_NUMBER } from "../../src/model/source.ts";
import { certificateNames } from "../../src/transport/certificate-names.ts";
import { frameCutter } from "../../src/transport/frame-reader.ts";
import { GOLDEN_FRAMES, GOLDEN_TWO_PHASE } from "./bridge-golden.ts";
import { tlsOf } from "./certificates.ts";
import { EACH_TO_COORDINATOR, EACH_TO_WORKER } from "./control-messages.ts";

export interface FuzzedDecoder {
  readonly name: string;
  readonly samples: readonly Uint8Array[];
  /** What it throws is a WallarooError. */
  readonly isOurs: boolean;
  /** There are no bytes that it refuses. */
  readonly takesAll?: boolean;
  /** One of so many is enough: it is slow, and comes behind a check of who sends. */
  readonly oneOf?: number;
  decode(bytes: Uint8Array): void;
}

const crypto = systemCrypto();
const generation = { leaderEpoch: 1, attempt: 1 };
const bytes32 = new Uint8Array(32).fill(7);
const hello = { job: "job", self: "a", peer: "b", nonce: bytes32 };

const control = (
  name: string,
  contents: readonly Uint8Array[],
  decode: (b: Uint8Array) => unknown,
) => [
  {
    name: `${name}: frames`,
    samples: contents.map((content) => frameOf(content, crypto)),
    isOurs: true,
    decode: (bytes: Uint8Array) => {
      new ControlCutter(4_194_304, crypto).push(bytes, (content) => (decode(content), true));
    },
  },
  // With the right checksum around it: what is behind the cutter sees every change.
  {
    name: `${name}: contents`,
    samples: contents,
    isOurs: true,
    decode: (b: Uint8Array) => void decode(b),
  },
];

const whole = (bytes: Uint8Array): Frame => ({
  type: FRAME.hello,
  ...generation,
  channel: 0,
  sequence: 0,
  bytes,
  check: 0,
  start: 0,
  end: bytes.length,
});

const greeting = (name: string, sample: Uint8Array, read: (frame: Frame) => unknown) => ({
  name: `link: ${name}`,
  samples: [sample],
  isOurs: true,
  decode: (bytes: Uint8Array) => void read(whole(bytes)),
});

function batches(): Uint8Array[] {
  const encoder = new ShapeEncoder();
  return [0, 1].map((round) => {
    const into = new ByteWriter();
    const records = Array.from({ length: 5 }, (_, i) => ({
      n: i * round,
      text: "x".repeat(i),
      on: true,
    }));
    encoder.encodeBatch(records, new Float64Array(5), undefined, 5, into);
    return into.take();
  });
}

function numberedBatch(): Uint8Array {
  const into = new ByteWriter();
  const keys = ["a", "ü", "a", 7, "word"];
  const numbers = { edition: 1, numbers: Uint16Array.of(0, 1, 0, NO_NUMBER, 2) };
  const given = { ...numbers, memo: new KeyMemo() };
  new ShapeEncoder().encodeBatch(keys, 5, keys, keys.length, into, 0, 1 << 20, given);
  return into.take();
}

export const DECODERS: readonly FuzzedDecoder[] = [
  ...control("to the coordinator", EACH_TO_COORDINATOR.map(encodeMessage), decodeToCoordinator),
  ...control("to a worker", EACH_TO_WORKER.map(encodeMessage), decodeToWorker),
  {
    name: "link: frames",
    samples: [
      makeFrame(FRAME.hello, generation, 0, 0, crypto, helloBytes(hello)),
      makeFrame(FRAME.data, generation, 4, 1, crypto, new Uint8Array(50)),
      makeFrame(FRAME.ack, generation, 4, 1, crypto),
    ],
    isOurs: true,
    decode: (bytes) => {
      const cutter = new FrameCutter(crypto);
      cutter.trust();
      cutter.push(bytes, () => true);
    },
  },
  greeting("hello", helloBytes(hello), readHello),
  greeting("challenge", plainBytes([bytes32]), readChallenge),
  greeting("proof", plainBytes([bytes32]), readProof),
  greeting("welcome", welcomeBytes({ proof: bytes32, channels: 3, window: 9 }), readWelcome),
  greeting("refusal", plainBytes(["not_yet", "wait"]), readRefusal),
  {
    name: "link: records",
    samples: [...batches(), numberedBatch()],
    isOurs: true,
    decode: (bytes) => void new ShapeDecoder().decodeBatch(bytes, 0, bytes.length),
  },
  {
    name: "plain data",
    samples: [
      plainBytes([1, -0, "ü", 5n, [undefined, null, true], new Map([["a", new Set([1])]])]),
    ],
    isOurs: true,
    decode: (bytes) => void readPlain(bytes, 0, bytes.length),
  },
  ...FRAME_KINDS.filter((kind) => kind !== "none").map((kind) => ({
    name: `source: ${kind}`,
    samples: [Uint8Array.of(0, 0, 0, 3, 97, 98, 99), Buffer.from("a\nb\r\n")],
    isOurs: true,
    takesAll: !kind.startsWith("u32"),
    decode: (bytes: Uint8Array) => {
      const cutter = frameCutter(kind);
      const table = new PieceTable(64, 100_000);
      cutter.push(bytes);
      while (cutter.next(table));
    },
  })),
  {
    name: "connector protocol: frames",
    samples: GOLDEN_FRAMES.map(({ bytes }) => bytes.subarray(LENGTH_BYTES)),
    isOurs: true,
    decode: (bytes) => void readFrame(bytes, 0, bytes.length),
  },
  {
    name: "connector protocol: two phases",
    samples: GOLDEN_TWO_PHASE.map(({ bytes }) => bytes),
    isOurs: true,
    decode: (bytes) => void readTwoPhase(bytes),
  },
  {
    name: "certificates",
    samples: [new X509Certificate(tlsOf("worker", "w-1").cert).raw],
    isOurs: false,
    oneOf: 10,
    decode: (bytes) => void certificateNames(bytes),
  },
];
