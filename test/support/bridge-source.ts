/** A source of the connector protocol over a network in memory, for its tests. */
import { utf8 } from "../../src/codec/utf8.ts";
import { bridge, type BridgeListenOptions } from "../../src/connectors/bridge/mod.ts";
import type { Claims } from "../../src/model/claims.ts";
import type { Position } from "../../src/model/context.ts";
import { COOKIE, heard, say } from "./bridge-client.ts";
import { settle } from "./connector-context.ts";
import type { FakeConnection } from "./fake-network.ts";
import { LiveRead } from "./read-source.ts";
import { tcpWorld } from "./tcp-source.ts";

export type Options = Partial<BridgeListenOptions<string>>;

/** A client's end of a connection: what it sends, and what it has heard since it last asked. */
export class Client {
  readonly connection: FakeConnection;
  #heard = 0;

  constructor(connection: FakeConnection) {
    this.connection = connection;
  }

  async send(...frames: readonly Buffer[]): Promise<string[]> {
    this.connection.send(Buffer.concat(frames));
    return await this.heard();
  }

  /** What was said since. */
  async heard(): Promise<string[]> {
    await settle();
    const all = heard(this.connection.taken);
    const news = all.slice(this.#heard);
    // A frame that came in part is heard again when it is whole.
    this.#heard = all.filter((said) => !said.startsWith("and ")).length;
    return news;
  }

  get isOpen(): boolean {
    return this.connection.isOpen;
  }
}

/** A source that is open; `live` reads it as the worker does. */
export async function listening(options: Options = {}, position?: Position, claims?: Claims) {
  const world = tcpWorld();
  const source = bridge.listen<string>({
    port: 0,
    cookie: COOKIE,
    decode: utf8,
    ...options,
  } as BridgeListenOptions<string>);
  const reader = await source.open("listener", position, {
    ...world.ctx,
    ...(claims === undefined ? {} : { claims }),
  });
  const live = (): LiveRead<string> => new LiveRead(source, reader);
  const dial = (): Client => new Client(world.network.produce()!);
  /** A client that has shaken hands. */
  const client = async (): Promise<Client> => {
    const one = dial();
    await one.send(say.hello());
    return one;
  };
  return { ...world, source, reader, live, dial, client };
}

/** The same, being read. */
export async function reading(options: Options = {}, position?: Position, claims?: Claims) {
  const given = await listening(options, position, claims);
  const live = given.live();
  /** A checkpoint with all that was read is complete. */
  const checkpoint = async (): Promise<void> => {
    await settle();
    if (live.next !== undefined) await given.reader.acknowledge(live.next);
  };
  return { ...given, read: live, checkpoint };
}
