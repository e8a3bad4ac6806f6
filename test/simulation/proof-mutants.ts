/**
 * Losses and doubles behind all protections of the wire, planted: the counts at barriers tell. Who
 * looks on at channels (`checkers.ts`) stands before them, and sees nothing.
 */
import type { Mutant } from "./mutant.ts";

const INBOX = "exchange/inbox.ts";

export const PROOF_MUTANTS: readonly Mutant[] = [
  {
    name: "an inbox loses a batch of three records",
    changes: [
      {
        file: INBOX,
        from: "    this.#items.push(item);\n",
        to: `    if (item.kind === "batch" && item.batch.count === 3) {
      this.#records -= 3;
      return this.onTaken(item.batch);
    }
    this.#items.push(item);
`,
      },
    ],
  },
  {
    name: "an inbox shows the first record of a batch of three twice",
    changes: [
      {
        file: INBOX,
        from: "    this.#items.push(item);\n",
        to: `    if (item.kind === "batch" && item.batch.count === 3) {
      const { records: [r], time, keys } = item.batch;
      const records = [r, ...item.batch.records];
      const given = item.batch.times ?? new Float64Array(3).fill(time);
      const times = Float64Array.from([given[0]!, ...given]);
      const more = { count: 4, records, times, keys: keys && [keys[0], ...keys] };
      item = { ...item, batch: { ...item.batch, ...more, numbers: undefined } };
      this.#records++;
    }
    this.#items.push(item);
`,
      },
    ],
  },
  {
    name: "a step gives each thirtieth record to the next task twice",
    changes: [
      {
        file: "exchange/exit.ts",
        from: "      this.#gather(this.#targets[index]!, record, time, key, number);\n",
        to: `      this.#gather(this.#targets[index]!, record, time, key, number);
      if (this.records % 30 === 0) {
        this.#gather(this.#targets[index]!, record, time, key, NO_NUMBER);
      }
`,
      },
    ],
  },
];
