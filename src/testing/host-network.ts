/** The network as one process of a simulated host has it. */
import { externalError } from "../base/errors.ts";
import type {
  Address,
  Connection,
  ConnectionHandler,
  Listener,
  Network,
} from "../ports/network.ts";
import type { HostClock } from "./host-clock.ts";
import { SimTcp } from "./sim-tcp.ts";
import type { Accept, HostView, WorldView } from "./sim-views.ts";

/** Names of the host that asks. */
const OWN: readonly string[] = ["127.0.0.1", "localhost", "0.0.0.0", "::1", "::"];
/** How long a dialled host may say nothing. */
const DIAL_MS = 20_000;
const FIRST_PORT = 20_000;

type World = WorldView<SimTcp>;
type Open = (connection: Connection) => ConnectionHandler;

interface Dial {
  readonly address: Address;
  readonly open: Open;
  readonly resolve: (connection: Connection) => void;
  readonly reject: (error: Error) => void;
}

export class HostNetwork implements Network {
  readonly #world: World;
  readonly #host: HostView;
  readonly #clock: HostClock;
  readonly #listening = new Map<number, Accept>();

  constructor(world: World, host: HostView, clock: HostClock) {
    this.#world = world;
    this.#host = host;
    this.#clock = clock;
  }

  listen(address: Address, accept: Accept): Promise<Listener> {
    const port = address.port === 0 ? this.#freePort() : address.port;
    if (this.#listening.has(port)) {
      const text = `port ${port} of ${this.#host.name} is in use`;
      return Promise.reject(externalError("port_in_use", text));
    }
    this.#listening.set(port, accept);
    const host = OWN.includes(address.host) ? this.#host.name : address.host;
    return Promise.resolve({
      address: { host, port },
      close: () => void this.#listening.delete(port),
    });
  }

  connect(address: Address, open: Open): Promise<Connection> {
    const { promise, resolve, reject } = Promise.withResolvers<Connection>();
    const dial: Dial = { address, open, resolve, reject };
    this.#clock.after(DIAL_MS, () => reject(refused(address, "it does not answer")));
    const to = OWN.includes(address.host) ? this.#host : this.#world.findHost(address.host);
    if (to === undefined) reject(refused(address, "there is no such host"));
    else this.#ask(to, dial);
    return promise;
  }

  /** Who listens at a port, while this process lives. */
  listener(port: number): Accept | undefined {
    return this.#clock.isOver ? undefined : this.#listening.get(port);
  }

  #ask(to: HostView, dial: Dial): void {
    const path = this.#world.path(this.#host, to);
    path.at(path.arrival(0, 0), () => {
      if (!to.isUp) return;
      const accept = to.life.network.listener(dial.address.port);
      const back = this.#world.path(to, this.#host);
      if (accept === undefined) {
        const error = refused(dial.address, "nobody listens there");
        back.at(back.arrival(0, 0), () => this.#clock.run(() => dial.reject(error)));
      } else this.#accepted(to, accept, dial);
    });
  }

  /** Its kernel takes the connection, also while its process is paused. */
  #accepted(to: HostView, accept: Accept, { address, open, resolve }: Dial): void {
    const local = { host: this.#host.name, port: this.#world.nextPort() };
    const tcp = new SimTcp(
      this.#world,
      { host: this.#host, address: local },
      { host: to, address: { host: to.name, port: address.port } },
    );
    this.#world.keep(tcp);
    const { near, far } = tcp;
    tcp.send(far, () => {
      if (this.#clock.isOver) far.broken(undefined);
      this.#clock.run(() => {
        this.#world.note("open", near.host.name, far.host.name, address.port);
        near.opened(open(near));
        resolve(near);
      });
    });
    far.life.clock.run(() => {
      const handler = accept(far);
      if (handler === undefined) far.terminate();
      else far.opened(handler);
    });
  }

  #freePort(): number {
    let port = FIRST_PORT;
    while (this.#listening.has(port)) port++;
    return port;
  }
}

function refused({ host, port }: Address, why: string): Error {
  return externalError("cannot_connect", `cannot connect to ${host}:${port}: ${why}`);
}
