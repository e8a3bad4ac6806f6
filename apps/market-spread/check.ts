/**
 * Says which orders must be rejected, by plain loops over the bytes. Shares nothing with the app:
 * its tests are held against this.
 */

/** Bytes 0 to 46 of each record that must come out, as hexadecimal text: all but the time. */
export function mustReject(quotes: Uint8Array, orders: Uint8Array): string[] {
  const quote = new DataView(quotes.buffer, quotes.byteOffset, quotes.length);
  const latest = new Map<string, number>();
  for (let at = 0; at < quotes.length; at += 46) {
    latest.set(quotes.subarray(at + 5, at + 9).join(), at + 30);
  }
  const rejected: string[] = [];
  for (let at = 0; at < orders.length; at += 57) {
    const prices = latest.get(orders.subarray(at + 16, at + 20).join());
    const bid = prices === undefined ? 0 : quote.getFloat64(prices);
    const offer = prices === undefined ? 0 : quote.getFloat64(prices + 8);
    const isFine = offer - bid < 0.05 && (offer - bid) / ((bid + offer) / 2) < 0.05;
    if (prices !== undefined && isFine) continue;
    const both = prices === undefined ? new Uint8Array(16) : quotes.slice(prices, prices + 16);
    rejected.push(Buffer.concat([orders.subarray(at + 5, at + 36), both]).toString("hex"));
  }
  return rejected;
}

/** The same of what the app wrote: frames of 55 bytes. */
export function wasRejected(output: Uint8Array): string[] {
  const rejected: string[] = [];
  for (let at = 0; at < output.length; at += 59) {
    rejected.push(Buffer.from(output.subarray(at + 4, at + 51)).toString("hex"));
  }
  return rejected;
}

if (import.meta.main) {
  const [quotes, orders, output] = await Promise.all(
    process.argv.slice(2, 5).map((path) => Bun.file(path).bytes()),
  );
  if (quotes === undefined || orders === undefined || output === undefined) {
    console.error("usage: check.ts QUOTES ORDERS OUTPUT");
    process.exit(2);
  }
  const expected = mustReject(quotes, orders).sort();
  const got = wasRejected(output).sort();
  const isSame = expected.length === got.length && expected.every((hex, i) => hex === got[i]);
  console.log(`${expected.length} orders must be rejected, ${got.length} were:`);
  console.log(isSame ? "the same ones" : "NOT the same ones");
  process.exit(isSame ? 0 : 1);
}
