/** The names in a bucket, page by page. */
import { externalError } from "../base/errors.ts";
import { STORE_PAGE_NAMES } from "../model/limits.ts";
import type { BlobInfo } from "../ports/blob-store.ts";
import { byName, isBlobName } from "./blob-name.ts";
import type { S3Calls } from "./s3-calls.ts";

/** All that begin with `prefix`; what is no name of ours is left out. */
export async function listObjects(calls: S3Calls, prefix: string): Promise<BlobInfo[]> {
  const found: BlobInfo[] = [];
  let token: string | undefined;
  do {
    const answer = await calls.patient({
      method: "GET",
      name: "",
      query: {
        "list-type": "2",
        "max-keys": String(STORE_PAGE_NAMES),
        prefix: calls.prefix + prefix,
        ...(token === undefined ? {} : { "continuation-token": token }),
      },
    });
    const xml = new TextDecoder().decode(answer.body);
    if (answer.status !== 200 || !xml.includes("ListBucketResult")) {
      throw externalError("store_unavailable", `${calls.where} gave no list of names`);
    }
    for (const match of xml.matchAll(/<Contents>(.*?)<\/Contents>/gs)) {
      const info = infoOf(match[1]!, calls.prefix);
      if (info !== undefined) found.push(info);
    }
    token =
      valueIn(xml, "IsTruncated") === "true" ? valueIn(xml, "NextContinuationToken") : undefined;
  } while (token !== undefined);
  return found.sort(byName);
}

function infoOf(xml: string, prefix: string): BlobInfo | undefined {
  const name = (valueIn(xml, "Key") ?? "").slice(prefix.length);
  const size = Number(valueIn(xml, "Size"));
  const modifiedMs = Date.parse(valueIn(xml, "LastModified") ?? "");
  return isBlobName(name) ? { name, size, modifiedMs } : undefined;
}

/** The text in the first element of a name. */
export function valueIn(xml: string, element: string): string | undefined {
  const text = new RegExp(`<${element}>([^<]*)</${element}>`).exec(xml)?.[1];
  return text?.replace(
    /&(quot|apos|lt|gt|amp|#34|#39);/g,
    (_, entity: string) => ENTITIES[entity]!,
  );
}

const ENTITIES: Readonly<Record<string, string>> = {
  quot: '"',
  "#34": '"',
  apos: "'",
  "#39": "'",
  lt: "<",
  gt: ">",
  amp: "&",
};
