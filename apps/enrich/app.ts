/**
 * Orders get the name of their customer from a service that is slow, and sometimes fails: many
 * questions are under way at a time, results keep the order of the orders, a question is asked
 * again, and an order whose question never succeeds is diverted with the reason.
 */
import { address, app, file, integer, json, options, text } from "wallaroo";

const settings = options({
  in: text("input/orders.jsonl"),
  /** The service: `GET /customers/ID` answers `{ "name": ... }`. */
  service: address("127.0.0.1:7020"),
  out: text("enriched"),
  failed: text("failed"),
  concurrency: integer(100, { min: 1, max: 10_000 }),
  timeoutMs: integer(1_000, { min: 1 }),
});

export interface Order {
  readonly id: number;
  readonly customer: string;
  readonly cents: number;
}

/** Asks for a customer. @throws when the answer is none */
async function nameOf(service: string, customer: string, id: string, signal: AbortSignal) {
  const url = `http://${service}/customers/${encodeURIComponent(customer)}`;
  const response = await fetch(url, { signal, headers: { "idempotency-key": id } });
  if (!response.ok) throw new Error(`customer ${customer}: the service said ${response.status}`);
  const answer = (await response.json()) as { readonly name: string };
  return answer.name;
}

export default app("enrich", settings, (flow, o) => {
  const named = flow.source("orders", file.read({ path: o.in, decode: json<Order>() })).asyncMap(
    "name",
    async (order, ctx) => ({
      ...order,
      name: await nameOf(o.service, order.customer, ctx.id, ctx.signal),
    }),
    {
      concurrency: o.concurrency,
      timeout: o.timeoutMs,
      retry: { times: 3, first: "50ms", max: "1s" },
      onError: "divert",
    },
  );

  named.sink("enriched", file.write({ path: o.out, encode: json() }));
  named.diverted
    .map("reason", ({ input, error }) => ({ ...input, error: error.message }))
    .sink("failed", file.write({ path: o.failed, encode: json() }));
});
