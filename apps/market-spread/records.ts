/** The records on the wires, big-endian, each behind a length of four bytes. */
import { fixed } from "wallaroo";

/** 53 bytes. `side` is 1 to buy, 2 to sell; symbols are right-justified. */
export const order = fixed({
  type: ["u8", 1],
  side: "u8",
  account: "u32",
  orderId: "text6",
  symbol: "text4",
  quantity: "f64",
  price: "f64",
  time: "text21",
});

/** 42 bytes: the national best bid and offer of a symbol. */
export const quote = fixed({
  type: ["u8", 2],
  symbol: "text4",
  time: "text21",
  bid: "f64",
  offer: "f64",
});

/** 55 bytes: an order that was rejected, the quote it was rejected for, and when. */
export const rejection = fixed({
  side: "u8",
  account: "u32",
  orderId: "text6",
  symbol: "text4",
  quantity: "f64",
  price: "f64",
  bid: "f64",
  offer: "f64",
  at: "u64",
});
