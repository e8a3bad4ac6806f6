/** Runs the seeds of a campaign one by one, and remembers each. No clock, disk or console. */

/** Something worth running for more seeds than every change can wait for. */
export interface Campaign {
  /** As in `npm run campaign NAME`, and the name of its file. */
  readonly name: string;
  /** One line: what holds for every seed. */
  readonly about: string;
  /** Seeds when nobody says how many. */
  readonly seeds: number;
  /** Throws when the property does not hold for the seed. May return facts worth keeping. */
  run(seed: number): Facts | void | Promise<Facts | void>;
  /** Lets go of what seeds shared. Called once, behind the last. */
  end?(): void | Promise<void>;
}

export type Facts = Readonly<Record<string, number | string>>;

export interface SeedResult {
  readonly seed: number;
  readonly isOk: boolean;
  readonly ms: number;
  readonly facts?: Facts;
  /** Message and stack, when the seed failed. */
  readonly error?: string;
}

/** What is kept on disk between runs. */
export interface CampaignState {
  readonly campaign: string;
  readonly results: readonly SeedResult[];
}

export interface Surroundings {
  /** Monotonic ms. */
  now(): number;
  /** Keeps the state; called every second at most, and at the end. */
  save(state: CampaignState): void;
  /** Called after each seed. Returning false stops before the next. */
  progress(result: SeedResult, done: number, of: number): boolean;
}

const SAVE_INTERVAL_MS = 1_000;

/**
 * Runs those of `seeds` that `before` has no good result for; returns all results, old and new, in
 * the order of seeds. A seed that failed before runs again.
 */
export async function runCampaign(
  campaign: Campaign,
  seeds: readonly number[],
  before: CampaignState | undefined,
  around: Surroundings,
): Promise<CampaignState> {
  const results = new Map<number, SeedResult>();
  for (const result of before?.results ?? []) if (result.isOk) results.set(result.seed, result);
  const state = (): CampaignState => ({
    campaign: campaign.name,
    results: [...results.values()].sort((a, b) => a.seed - b.seed),
  });
  let savedAt = around.now();
  let done = seeds.filter((seed) => results.has(seed)).length;
  for (const seed of seeds) {
    if (results.has(seed)) continue;
    const result = await runSeed(campaign, seed, around);
    results.set(seed, result);
    done++;
    if (around.now() - savedAt >= SAVE_INTERVAL_MS) {
      around.save(state());
      savedAt = around.now();
    }
    if (!around.progress(result, done, seeds.length)) break;
  }
  around.save(state());
  return state();
}

async function runSeed(
  campaign: Campaign,
  seed: number,
  around: Surroundings,
): Promise<SeedResult> {
  const start = around.now();
  const ms = (): number => Math.round((around.now() - start) * 10) / 10;
  try {
    const facts = await campaign.run(seed);
    return { seed, isOk: true, ms: ms(), ...(facts === undefined ? {} : { facts }) };
  } catch (error) {
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
    // Bun's stack leaves out the message of some errors.
    const message = error instanceof Error && !text.includes(error.message) ? error.message : "";
    return { seed, isOk: false, ms: ms(), error: `${message}\n${text}`.trim() };
  }
}

/** Seeds `[from, from + count)`. */
export function seedRange(from: number, count: number): number[] {
  return Array.from({ length: count }, (_, i) => from + i);
}
