import type { BundleStore } from "./bundle-store.ts";
import type { DoorSettings } from "./door.ts";
import type { Random } from "../ports/random.ts";
import type { Store } from "../ports/store.ts";
import type { Ledger } from "./ledger.ts";

/** What a coordinator is given. */
export interface CoordinatorSettings extends Omit<DoorSettings, "leaderEpoch"> {
  readonly ledger: Ledger;
  readonly bundles: BundleStore;
  /** Where the checkpoints of jobs are. */
  readonly store: Store;
  /** How soon files of checkpoints are read back again; 0: never. */
  readonly verifyMs?: number | undefined;
  readonly random: Random;
  /** It cannot go on: the process ends. */
  readonly onFatal: (error: unknown) => void;
  /** Called after something was decided, when `view` shows it. */
  readonly onChange?: () => void;
}
