/** Where a bucket is and who asks (pure): from its URL and the variables that AWS's tools know. */
import { userError } from "../base/errors.ts";
import { checkBlobName } from "../storage/blob-name.ts";
import type { S3Place } from "../storage/s3-calls.ts";

export type Env = Readonly<Record<string, string | undefined>>;

/** @throws {WallarooError} `bad_store`, `no_credentials` */
export function s3Place(url: URL, env: Env): S3Place {
  const bucket = url.hostname;
  const prefix = url.pathname.replace(/^\/+|\/+$/g, "");
  if (!/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(bucket)) {
    throw userError(
      "bad_store",
      `${url.href} names no bucket, 3 to 63 of a-z, 0-9, . and -: give s3://BUCKET/PREFIX`,
    );
  }
  if (prefix !== "") checkBlobName(prefix);
  const [accessKeyId, secretAccessKey] = [env["AWS_ACCESS_KEY_ID"], env["AWS_SECRET_ACCESS_KEY"]];
  if (accessKeyId === undefined || secretAccessKey === undefined) {
    throw userError(
      "no_credentials",
      `s3://${bucket} needs AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY in the environment of ` +
        "the coordinator and of each worker",
    );
  }
  const region =
    url.searchParams.get("region") ?? env["AWS_REGION"] ?? env["AWS_DEFAULT_REGION"] ?? "us-east-1";
  const endpoint =
    url.searchParams.get("endpoint") ?? env["AWS_ENDPOINT_URL_S3"] ?? env["AWS_ENDPOINT_URL"];
  return {
    bucketUrl:
      endpoint === undefined
        ? `https://${bucket}.s3.${region}.amazonaws.com`
        : `${endpointOf(endpoint)}/${bucket}`,
    prefix: prefix === "" ? "" : `${prefix}/`,
    region,
    accessKeyId,
    secretAccessKey,
    sessionToken: env["AWS_SESSION_TOKEN"],
    where: `s3://${bucket}${prefix === "" ? "" : `/${prefix}`}`,
  };
}

function endpointOf(endpoint: string): string {
  const parsed = URL.canParse(endpoint) ? new URL(endpoint) : undefined;
  const isHttp = parsed?.protocol === "http:" || parsed?.protocol === "https:";
  if (isHttp && parsed?.password === "") return endpoint.replace(/\/+$/, "");
  throw userError("bad_store", "the endpoint of an S3 store is http(s)://host:port");
}
