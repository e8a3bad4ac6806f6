/**
 * Objects that stand for plain data without fields of their own, such as a record that is read
 * straight from bytes, have a method of this name that gives the plain object.
 */
export const TO_PLAIN: unique symbol = Symbol.for("wallaroo.toPlain");

export interface ToPlain {
  [TO_PLAIN](): object;
}

export function hasToPlain(value: object): value is ToPlain {
  return TO_PLAIN in value;
}

/** The plain object that `record` stands for; a plain object is copied, one level deep. */
export function toObject<T extends object>(record: T): T {
  return hasToPlain(record) ? (record[TO_PLAIN]() as T) : { ...record };
}
