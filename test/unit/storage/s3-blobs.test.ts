import { afterAll, expect, test } from "bun:test";
import { S3Blobs } from "../../../src/storage/s3-blobs.ts";
import { FakeS3 } from "../../support/fake-s3.ts";
import { s3Calls } from "../../support/s3-store.ts";

const server = new FakeS3();
afterAll(() => server.stop());

test("a large blob is whole whichever answers of its parts were lost", async () => {
  const blobs = new S3Blobs(s3Calls(server));
  const block = new Uint8Array(5_000_000).map((_, i) => i % 251);
  let calls = 0;
  server.fault = () => (++calls % 2 === 1 ? "lost" : undefined);
  const writer = await blobs.create("large");
  for (let i = 0; i < 4; i++) await writer.write(block, 0, block.length);
  await writer.finish();
  server.fault = () => undefined;
  const whole = await blobs.get("large");
  expect(Buffer.from(whole).equals(Buffer.concat([block, block, block, block]))).toBe(true);
});
