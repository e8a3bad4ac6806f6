import { afterAll, expect, test } from "bun:test";
import { S3Cells } from "../../../src/storage/s3-cells.ts";
import { codeOf } from "../../support/connector-context.ts";
import { FakeS3 } from "../../support/fake-s3.ts";
import { s3Calls, s3Store } from "../../support/s3-store.ts";
import { testStoreContract } from "../../support/store-contract.ts";

const server = new FakeS3();
afterAll(() => server.stop());
testStoreContract("an S3 server", () => s3Store(server), { runs: 20 });

const BYTES = new TextEncoder().encode("x");
/** Another server for what must not disturb others. */
async function withServer(run: (server: FakeS3, cells: S3Cells) => Promise<void>): Promise<void> {
  const own = new FakeS3();
  try {
    await run(own, new S3Cells(s3Calls(own)));
  } finally {
    await own.stop();
  }
}

test("a server that ignores conditions is refused when it is opened", () =>
  withServer(async (own) => {
    own.ignoresConditions = true;
    expect(await codeOf(s3Store(own))).toBe("store_ignores_conditions");
  }));

test("a write whose answer is lost, refused, late or in conflict is unknown, and made once", () =>
  withServer(async (own, cells) => {
    for (const fault of ["lost", "refused", "conflict", "late"] as const) {
      own.fault = () => fault;
      own.requests = [];
      expect(await cells.create(fault, BYTES)).toBe("unknown");
      expect(own.requests.length).toBe(1);
    }
    own.fault = () => undefined;
    own.applyLate();
    expect(await cells.list("")).toEqual(["late", "lost"]);
    expect(await cells.create("lost", BYTES)).toBe("taken");
    expect(await cells.replace("none", BYTES, '"x"')).toBe("taken");
  }));

test("a server without conditional writes is told as that", () =>
  withServer(async (own, cells) => {
    own.fault = (method) => (method === "PUT" ? "unsupported" : undefined);
    expect(cells.create("a", BYTES)).rejects.toThrow(/501 .*not support conditional writes/);
    own.fault = () => "unsupported";
    expect(cells.get("a")).rejects.toThrow("check endpoint, region and bucket");
    await cells.get("a").catch(() => undefined);
  }));

test("why it is not known what became of a write is told", () =>
  withServer(async (own, cells) => {
    expect(cells.doubt).toBeUndefined();
    own.fault = () => "refused";
    await cells.create("a", BYTES);
    expect(cells.doubt).toContain("answers 503 (SlowDown) to PUT a");
  }));

test("what may be done twice is tried again, a bounded number of times", () =>
  withServer(async (own, cells) => {
    await cells.create("a", BYTES);
    let left = 2;
    own.fault = () => (left-- > 0 ? "refused" : undefined);
    expect((await cells.get("a"))!.bytes).toEqual(BYTES);
    own.fault = () => "refused";
    own.requests = [];
    expect(await codeOf(cells.get("a"))).toBe("store_unavailable");
    expect(own.requests.length).toBe(6);
  }));
