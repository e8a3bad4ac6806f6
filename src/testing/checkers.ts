/**
 * Looks on while a simulated cluster runs, and finds what must not be. Knows nothing of how
 * channels number, grant or acknowledge: it compares what was handed to one with what came out.
 *
 * H1. What comes out of a channel is what was put in, in order, each item once.
 * H2. What waits at a receiver is at most its window, or one frame.
 */
import type { ChannelHub } from "../exchange/channel-hub.ts";
import type { ChannelItem, ChannelOut } from "../exchange/channel.ts";
import type { Inbox } from "../exchange/inbox.ts";
import type { LinkHub } from "../exchange/link-hub.ts";
import { FRAME, type LinkServer, type ReceiveChannel } from "../exchange/link.ts";
import type { Generation } from "../model/placement.ts";
import type { PartSettings } from "../worker/part-contract.ts";

/** What went into a channel, and how far it has come out. */
interface Flow {
  readonly sent: string[];
  received: number;
}

/** Interesting things that happened, counted. */
export interface Seen {
  /** A link was made again, in the middle of its channels. */
  resumed: number;
  /** A frame was sent again over another connection. */
  retransmitted: number;
  /** A frame came a second time, and was dropped. */
  duplicates: number;
  /** A batch waited for credit. */
  stalled: number;
  /** Something came in behind a barrier while its channel was blocked. */
  behindBarrier: number;
  /** A frame larger than the whole window. */
  larger: number;
}

export class ChannelChecks {
  readonly wrong: string[] = [];
  readonly seen: Seen = {
    resumed: 0,
    retransmitted: 0,
    duplicates: 0,
    stalled: 0,
    behindBarrier: 0,
    larger: 0,
  };
  readonly #flows = new Map<string, Flow>();
  readonly #hubs: LinkHub[] = [];
  readonly #channels = new Set<ReceiveChannel>();

  /** Everybody's ends of the channels of a part. */
  watch(hub: LinkHub, { generation }: PartSettings): ChannelHub {
    this.#hubs.push(hub);
    return {
      sender: (worker, channel) => {
        const out = hub.sender(worker, channel);
        return this.#sender(out, this.#flow(generation, channel));
      },
      receiver: (worker, channel, inbox) => {
        this.#receiver(inbox, this.#flow(generation, channel), channel);
        hub.receiver(worker, channel, inbox);
      },
      open: () => hub.open(),
      close: () => hub.close(),
      terminate: () => hub.terminate(),
    };
  }

  /** Looks at what waits in the channels of a data port, whose window is known. H2 */
  watchServer(server: LinkServer, windowBytes: number): void {
    const expect = server.expect.bind(server);
    server.expect = (generation, peer, channels, options) => {
      for (const channel of channels) this.#measure(channel, windowBytes);
      return expect(generation, peer, channels, options);
    };
  }

  /** Whether all that was sent in a generation has come out, as it must have when it finished. */
  checkComplete(generation: string): void {
    for (const [name, { sent, received }] of this.#flows) {
      if (!name.startsWith(`${generation}/`) || sent.length === received) continue;
      this.wrong.push(`channel ${name}: ${sent.length - received} items never came out`);
    }
  }

  /** Adds what links and channels have counted themselves. */
  count(): void {
    for (const { stats } of this.#hubs) this.seen.retransmitted += stats.retransmitted;
    for (const { duplicates } of this.#channels) this.seen.duplicates += duplicates;
  }

  #flow({ leaderEpoch, attempt }: Generation, channel: number): Flow {
    const name = `${leaderEpoch}.${attempt}/${channel}`;
    const flow = this.#flows.get(name) ?? { sent: [], received: 0 };
    this.#flows.set(name, flow);
    return flow;
  }

  #sender(out: ChannelOut, { sent }: Flow): ChannelOut {
    const { seen } = this;
    return {
      get hasCredit() {
        return out.hasCredit;
      },
      get onCredit() {
        return out.onCredit;
      },
      set onCredit(fn) {
        out.onCredit = fn;
      },
      send: (batch) => {
        sent.push(...textsOf({ kind: "batch", batch }));
        out.send(batch);
        if (!out.hasCredit) seen.stalled++;
      },
      barrier: (epoch) => {
        sent.push(...textsOf({ kind: "barrier", epoch }));
        out.barrier(epoch);
      },
      end: () => {
        sent.push(...textsOf({ kind: "end" }));
        out.end();
      },
      flush: () => out.flush(),
      sum: () => out.sum(),
    };
  }

  /** H1 */
  #receiver(inbox: Inbox, flow: Flow, channel: number): void {
    const put = inbox.put.bind(inbox);
    inbox.put = (item) => {
      if (inbox.isBlocked) this.seen.behindBarrier++;
      for (const text of textsOf(item)) {
        const wanted = flow.sent[flow.received];
        if (text !== wanted) {
          this.wrong.push(
            `channel ${channel}, item ${flow.received}: ${text} came out, ${wanted} went in`,
          );
        }
        flow.received++;
      }
      put(item);
    };
  }

  #measure(channel: ReceiveChannel, windowBytes: number): void {
    this.#channels.add(channel);
    let frames = 0;
    const { onFrame } = channel;
    const consumed = channel.consumed.bind(channel);
    const takeGrant = channel.takeGrant.bind(channel);
    const looked: Pick<ReceiveChannel, "onFrame" | "consumed" | "takeGrant"> = {
      onFrame: (type, bytes, start, end, check) => {
        if (type === FRAME.data) frames++;
        if (channel.waiting > windowBytes) {
          if (frames === 1) this.seen.larger++;
          else this.wrong.push(`${channel.waiting} bytes wait, the window is ${windowBytes}`);
        }
        onFrame(type, bytes, start, end, check);
      },
      consumed: (bytes) => {
        frames--;
        consumed(bytes);
      },
      takeGrant: () => {
        // Granted anew although nothing was consumed: another connection.
        if (channel.next > 1 && !channel.owesGrant) this.seen.resumed++;
        return takeGrant();
      },
    };
    Object.assign(channel, looked);
  }
}

function textsOf(item: ChannelItem): readonly string[] {
  if (item.kind === "barrier") return [`barrier ${item.epoch}`];
  if (item.kind === "end") return ["end"];
  const { records, time, times, keys, count } = item.batch;
  return Array.from({ length: count }, (_, i) => {
    const key = keys === undefined ? "" : ` of ${JSON.stringify(keys[i])}`;
    return `${JSON.stringify(records[i])} at ${times?.[i] ?? time}${key}`;
  });
}
