/**
 * The form of a savepoint as one file, a ZIP: what it is (JSON, for people and programs), its
 * manifest, and the files of the checkpoint under the names that they have in a store.
 */
import { externalError, userError } from "../base/errors.ts";
import type { Manifest } from "../model/checkpoint.ts";

export const SAVEPOINT_FORM = 1;
export const ABOUT_ENTRY = "savepoint.json";
export const MANIFEST_ENTRY = "manifest.bin";
/** Before the names of files. */
export const FILES_FOLDER = "files/";

/** What `savepoint.json` says. */
export interface AboutSavepoint {
  readonly wallaroo: "savepoint";
  readonly form: number;
  /** The job's whole name in its store, under which its savepoints are. */
  readonly lineage: string;
  /** `sp-12`. */
  readonly savepoint: string;
  readonly app: string;
  readonly epoch: number;
  readonly time: string;
}

/** Names of files of checkpoints: nothing else of a store is ever written from a ZIP. */
const FILE_NAME = /^jobs\/[a-z][a-z0-9_-]*\/[A-Za-z0-9][A-Za-z0-9._-]*\.seg$/;
const LINEAGE = /^[a-z][a-z0-9_-]{0,99}$/;
const SAVEPOINT = /^sp-\d{1,16}$/;

export function isSegmentName(name: string): boolean {
  return FILE_NAME.test(name);
}

export function aboutText(lineage: string, savepoint: string, manifest: Manifest): string {
  const { app, epoch, at } = manifest;
  const time = new Date(at).toISOString();
  const form = SAVEPOINT_FORM;
  const about: AboutSavepoint = {
    wallaroo: "savepoint",
    form,
    lineage,
    savepoint,
    app,
    epoch,
    time,
  };
  return `${JSON.stringify(about, undefined, 2)}\n`;
}

/** Reads `savepoint.json`. @throws {WallarooError} `not_a_savepoint`, `newer_version` */
export function readAbout(text: string, path: string): AboutSavepoint {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw notASavepoint(path, `its ${ABOUT_ENTRY} is no JSON`);
  }
  const about: Partial<Record<keyof AboutSavepoint, unknown>> =
    typeof value === "object" && value !== null ? value : {};
  const { wallaroo, form, lineage, savepoint } = about;
  if (wallaroo !== "savepoint" || typeof form !== "number") {
    throw notASavepoint(path, `its ${ABOUT_ENTRY} says something else`);
  }
  if (form !== SAVEPOINT_FORM) {
    throw externalError(
      "newer_version",
      `${path} is a savepoint of form ${form}, and this engine reads form ${SAVEPOINT_FORM}: run ` +
        "the engine that wrote it, or a newer one",
    );
  }
  const isNamed = typeof lineage === "string" && typeof savepoint === "string";
  if (!isNamed || !LINEAGE.test(lineage) || !SAVEPOINT.test(savepoint)) {
    throw notASavepoint(path, `its ${ABOUT_ENTRY} names no job or savepoint`);
  }
  return about as AboutSavepoint; // What is used of it was checked; the rest is for people.
}

export function notASavepoint(path: string, why: string): Error {
  return userError(
    "not_a_savepoint",
    `${path} is no savepoint of Wallaroo: ${why}; make one with \`wallaroo savepoint JOB ` +
      "--export FILE.zip`",
  );
}
