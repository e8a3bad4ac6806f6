export interface Address {
  readonly host: string;
  readonly port: number;
  /** The file of a Unix socket: then host and port say nothing. At most 107 bytes. */
  readonly path?: string;
}

/** One stream of bytes to a peer. */
export interface Connection {
  /** The other end. */
  readonly peer: Address;
  /** This end, as the peer sees it where nothing translates addresses. */
  readonly local: Address;
  /** Who the peer's certificate says that it is, such as `worker/w-1`; proved before the connection
   *  opened. Undefined without TLS, or without a certificate where none is required. */
  readonly identity?: string | undefined;
  readonly isOpen: boolean;
  /**
   * Offers `bytes[start, end)`. Returns how many were taken: fewer when the peer is slow (wait for
   * `drain`), 0 when full, -1 when closed. What was taken may be overwritten at once.
   */
  write(bytes: Uint8Array, start: number, end: number): number;
  /** No `data` until `resume`. A paused connection may not notice that its peer died. */
  pause(): void;
  resume(): void;
  /** Nobody looks at a chunk of `data` any more: its memory may be used at once. Absent where that
   *  makes no difference. */
  giveBack?(chunk: Uint8Array): void;
  /** Closes after what was taken has left. Call it when nothing waits for `drain`. */
  end(): void;
  /** Closes at once; what was not sent is lost. */
  terminate(): void;
}

/** What happens on one connection. Called one at a time, never from within a call to Connection. */
export interface ConnectionHandler {
  /** The chunk is the receiver's to keep. */
  data(chunk: Uint8Array): void;
  /** More can be written. */
  drain(): void;
  /** The peer sends no more, and may still read; only where the listener asked for it, and `close`
   *  comes when this end has ended, too. Absent: this end is ended at once. */
  ended?(): void;
  /** Called once. `error` when the peer did not close in good order. */
  close(error: Error | undefined): void;
}

export interface Listener {
  /** With the port that was really taken, when 0 was asked. */
  readonly address: Address;
  /** Stops listening; open connections stay. */
  close(): void;
}

/** All in PEM. Nothing is read from or written to a peer before both have proved who they are. */
export interface TlsOptions {
  readonly cert: string;
  readonly key: string;
  /** Whose certificates are believed: no other authority is, not the system's either. */
  readonly ca: string;
}

/** A connection that did not come to be. */
export interface HandshakeRefusal {
  readonly code: "bad_certificate" | "bad_handshake" | "slow_handshake" | "too_many_handshakes";
  readonly text: string;
  readonly peer: Address;
}

export interface ListenerTls extends TlsOptions {
  /** Peers must have a certificate of `ca` that names them. */
  readonly requireClient: boolean;
}

export interface ConnectTls extends TlsOptions {
  /** The DNS name that the listener's certificate must bear, whatever its address is. */
  readonly serverName: string;
}

export interface ListenerOptions {
  /** Not together with `halfOpen`. */
  readonly tls?: ListenerTls;
  /** Is told of each handshake that was refused. */
  readonly refused?: (refusal: HandshakeRefusal) => void;
  /** A connection whose peer sends no more stays open for writing: `ended` is called. A peer that
   *  is gone altogether looks the same, until it is written to. */
  readonly halfOpen?: boolean;
  /** A peer whose host is gone without a word is noticed when it was silent for so long, and 10 s
   *  more. Absent: when it is written to, if ever. */
  readonly keepAliveMs?: number;
}

export interface ConnectOptions {
  readonly tls?: ConnectTls;
}

export interface Network {
  /** `accept` is called for each connection; returning undefined refuses it.
   *  @throws {WallarooError} `port_in_use`, `cannot_listen` */
  listen(
    address: Address,
    accept: (connection: Connection) => ConnectionHandler | undefined,
    options?: ListenerOptions,
  ): Promise<Listener>;
  /** @throws {WallarooError} `cannot_connect`, `bad_certificate` */
  connect(
    address: Address,
    open: (connection: Connection) => ConnectionHandler,
    options?: ConnectOptions,
  ): Promise<Connection>;
}
