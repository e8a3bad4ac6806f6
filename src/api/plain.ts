/** Types only: what plain data is, and errors that a person can read. */

/** A type error with a message: nothing has this type, so the compiler prints the text. */
export interface TypeError<Message extends string> {
  readonly __typeError__: Message;
}

type Atom = string | number | boolean | bigint | null | undefined | void;
type Leaf = Atom | Date | ArrayBuffer | ArrayBufferView;

/** T with everything that is not plain data replaced by never. */
type Plainly<T> = T extends Leaf
  ? T
  : T extends (...parameters: never) => unknown
    ? never
    : T extends symbol
      ? never
      : T extends ReadonlyMap<infer K, infer V>
        ? Map<Plainly<K>, Plainly<V>>
        : T extends ReadonlySet<infer V>
          ? Set<Plainly<V>>
          : T extends Promise<unknown>
            ? never
            : { [Field in keyof T]: Plainly<T[Field]> };

type NotPlain =
  // Two halves, since a line has 100 columns; the compiler prints the whole.
  `state and keyed records must be plain data ${"(no functions, no class instances with methods)"}`;

/** `unknown` when T is plain data, else an error; intersected with the argument that brings T. */
export type PlainData<T> = unknown extends T
  ? unknown
  : [T] extends [Plainly<T>]
    ? unknown
    : TypeError<NotPlain>;

/** What a step emits: what its function returns, without "nothing". */
export type Emitted<O> = Exclude<O, undefined | void>;
