/** The word that was probably meant (pure). */
import { nearest } from "../base/nearest.ts";

/** `; did you mean X?`, or nothing where no candidate is near. */
export function didYouMean(word: string, candidates: readonly string[]): string {
  const near = nearest(word, candidates);
  return near === undefined ? "" : `; did you mean ${near}?`;
}
