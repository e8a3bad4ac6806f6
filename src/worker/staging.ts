/** The part of a store in which sinks keep what is their own: names begin anew in it. */
import type { BlobInfo, BlobStore } from "../ports/blob-store.ts";
import type { PartStore } from "./part-contract.ts";

/** What sinks keep of the job: any worker finds it there, whichever wrote it. */
export function stagingOf({ blobs, prefix }: PartStore): BlobStore {
  const place = `${prefix}/sinks/`;
  const full = (name: string): string => place + name;
  const own = (info: BlobInfo): BlobInfo => ({ ...info, name: info.name.slice(place.length) });
  return {
    create: (name) => blobs.create(full(name)),
    put: (name, bytes) => blobs.put(full(name), bytes),
    read: (name, start, end) => blobs.read(full(name), start, end),
    get: (name) => blobs.get(full(name)),
    stat: async (name) => {
      const info = await blobs.stat(full(name));
      return info === undefined ? undefined : own(info);
    },
    list: async (names) => (await blobs.list(full(names))).map(own),
    remove: (name) => blobs.remove(full(name)),
  };
}
