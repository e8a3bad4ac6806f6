/** What a delivery knows of the writer whose records it sends. */
import type { WallarooError } from "../../base/errors.ts";
import type { Journal } from "./journal.ts";

export interface DeliveryWriter {
  readonly generation: number;
  readonly journal: Journal<unknown>;
  /** It may go on. Tells whether it has given more records. */
  moved(): boolean;
  /** Nothing can be sent any more. */
  failed(error: WallarooError): void;
}
