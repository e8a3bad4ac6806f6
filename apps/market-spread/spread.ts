/** From this spread on, in dollars or as a part of the middle price, a market is too wide. */
const SPREAD_LIMIT = 0.05;

/** Whether orders must wait: the offer is too far above the bid. */
export function isWide(bid: number, offer: number): boolean {
  const spread = offer - bid;
  const middle = (bid + offer) / 2;
  return spread >= SPREAD_LIMIT || spread / middle >= SPREAD_LIMIT;
}
