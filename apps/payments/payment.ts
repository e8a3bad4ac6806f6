/** What a payment is: three kinds, checked when it is read. */
import type { Schema } from "wallaroo";

export interface Card {
  readonly kind: "card";
  readonly id: string;
  readonly account: string;
  readonly cents: number;
  readonly merchant: string;
}

export interface Transfer {
  readonly kind: "transfer";
  readonly id: string;
  readonly account: string;
  readonly cents: number;
  readonly to: string;
}

export interface Cash {
  readonly kind: "cash";
  readonly id: string;
  readonly account: string;
  readonly cents: number;
}

export type Payment = Card | Transfer | Cash;

/** A payment of any kind, as the account's book sees it: negative when money leaves. */
export interface Booking {
  readonly id: string;
  readonly account: string;
  readonly cents: number;
  readonly text: string;
}

const EXTRA: Readonly<Record<string, string | undefined>> = { card: "merchant", transfer: "to" };

/** Checks a record of JSON. Any Standard Schema does; this one needs no package. */
export const paymentSchema: Schema<unknown, Payment> = {
  "~standard": {
    version: 1,
    vendor: "payments",
    validate(value) {
      const given = (typeof value === "object" && value !== null ? value : {}) as Payment;
      const extra = EXTRA[given.kind];
      const texts = ["id", "account", ...(extra === undefined ? [] : [extra])];
      const issues = texts
        .filter((field) => typeof given[field as keyof Payment] !== "string")
        .map((field) => ({ message: "a text is missing", path: [field] }));
      if (!["card", "transfer", "cash"].includes(given.kind)) {
        issues.push({ message: "is none of card, transfer, cash", path: ["kind"] });
      }
      if (!Number.isSafeInteger(given.cents) || given.cents <= 0) {
        issues.push({ message: "is no positive whole number", path: ["cents"] });
      }
      return issues.length > 0 ? { issues } : { value: given };
    },
  },
};
