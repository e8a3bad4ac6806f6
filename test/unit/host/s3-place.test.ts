import { expect, test } from "bun:test";
import { s3Place } from "../../../src/host/s3-place.ts";

const KEYS = { AWS_ACCESS_KEY_ID: "id", AWS_SECRET_ACCESS_KEY: "secret" };

test("a bucket is at its own host unless an endpoint is named", () => {
  const at = (url: string, env = {}) => s3Place(new URL(url), { ...KEYS, ...env });
  const amazon = at("s3://my-bucket/a/b/?region=eu-west-1");
  expect(amazon.bucketUrl).toBe("https://my-bucket.s3.eu-west-1.amazonaws.com");
  expect([amazon.prefix, amazon.region]).toEqual(["a/b/", "eu-west-1"]);
  const own = at("s3://my-bucket?endpoint=http://127.0.0.1:9000/", { AWS_REGION: "here" });
  expect(own.bucketUrl).toBe("http://127.0.0.1:9000/my-bucket");
  expect([own.prefix, own.region]).toEqual(["", "here"]);
  expect(() => at("s3://my-bucket?endpoint=ftp://x")).toThrow(/http/);
});
