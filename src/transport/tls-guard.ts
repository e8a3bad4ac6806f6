/**
 * Between a socket and its connection, where there is TLS: nobody is handed a connection before the
 * peer's certificate was checked, here and not by the runtime alone, which reports a handshake with
 * a stranger as a success.
 *
 * Owns: handshakes under way, their number and time, what is told of those that fail.
 * Does not own: sockets, and connections that came to be.
 *
 * G1. Each handshake is settled once: admitted, refused, or dropped with its listener.
 * G2. Whoever is admitted is authorized by the authority of ours, and is named by its certificate
 *     where one is required.
 */
import { messageOf } from "../base/errors.ts";
import { systemCode } from "../base/system-why.ts";
import { HANDSHAKE_MS, HANDSHAKES_MAX } from "../model/limits.ts";
import { identityIn, type CertificateNames } from "../model/peer-identity.ts";
import type { Address, HandshakeRefusal } from "../ports/network.ts";

/** What is needed of a socket. */
export interface GuardedSocket {
  readonly authorized: boolean;
  getPeerCertificate(): { readonly raw?: Uint8Array } | null;
  terminate(): void;
}

/** Who came in: by name where it has a certificate. */
export interface Admitted {
  readonly identity: string | undefined;
}

export interface GuardOptions {
  /** A peer without a certificate that names it is refused. */
  readonly isNameRequired: boolean;
  readonly refused: (refusal: HandshakeRefusal) => void;
  readonly handshakesMax?: number;
  readonly handshakeMs?: number;
}

type Timer = ReturnType<typeof setTimeout>;

const REASONS: Readonly<Record<string, string>> = {
  CERT_HAS_EXPIRED: "its certificate has expired",
  CERT_NOT_YET_VALID: "its certificate is not valid yet: compare the clocks",
  ERR_TLS_CERT_ALTNAME_INVALID: "its certificate is for another role",
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: "its certificate is not of our authority",
  UNABLE_TO_GET_ISSUER_CERT: "its certificate is not of our authority",
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: "its certificate is not of our authority",
  SELF_SIGNED_CERT_IN_CHAIN: "its certificate is not of our authority",
  DEPTH_ZERO_SELF_SIGNED_CERT: "its certificate is not of our authority",
  INVALID_PURPOSE: "its certificate is not meant for this side of a connection",
  CERT_SIGNATURE_FAILURE: "the signature of its certificate is wrong",
};

export class TlsGuard {
  readonly #options: GuardOptions;
  readonly #names: (der: Uint8Array) => CertificateNames;
  readonly #pending = new Map<GuardedSocket, { readonly peer: Address; readonly timer: Timer }>();

  private constructor(options: GuardOptions, names: (der: Uint8Array) => CertificateNames) {
    this.#options = options;
    this.#names = names;
  }

  /** The decoder of certificates is loaded where it is needed only. */
  static async make(options: GuardOptions): Promise<TlsGuard> {
    const { certificateNames } = await import("./certificate-names.ts");
    return new TlsGuard(options, certificateNames);
  }

  /** Handshakes under way. */
  get pending(): number {
    return this.#pending.size;
  }

  /** A socket opened; its handshake begins. */
  begin(socket: GuardedSocket, peer: Address): void {
    const { handshakesMax = HANDSHAKES_MAX, handshakeMs = HANDSHAKE_MS, refused } = this.#options;
    if (this.#pending.size >= handshakesMax) {
      const text = `too many TLS handshakes at a time, limit ${handshakesMax}`;
      refused({ code: "too_many_handshakes", text, peer });
      socket.terminate();
      return;
    }
    const timer = setTimeout(() => {
      const text = `no TLS handshake within ${handshakeMs} ms`;
      this.#refuse(socket, "slow_handshake", text);
    }, handshakeMs);
    this.#pending.set(socket, { peer, timer });
  }

  /** The runtime reports the end of a handshake. Undefined: it was refused. */
  finish(socket: GuardedSocket, isOk: boolean, error: unknown): Admitted | undefined {
    if (!this.#pending.has(socket)) return undefined; // G1
    const { isNameRequired } = this.#options;
    if (!isOk || (isNameRequired && !socket.authorized)) {
      const reason = REASONS[systemCode(error)];
      const isMissing = /DID_NOT_RETURN_A_CERTIFICATE/.test(messageOf(error));
      if (isMissing) this.#refuse(socket, "bad_certificate", "it shows no certificate");
      else if (reason !== undefined) this.#refuse(socket, "bad_certificate", reason);
      else this.#refuse(socket, "bad_handshake", `TLS: ${textOf(error)}`);
      return undefined;
    }
    const identity = socket.authorized ? this.#identityOf(socket) : undefined;
    if (identity === undefined && isNameRequired) {
      const text =
        "its certificate names nobody: it needs the URI wallaroo://worker/NAME, or " +
        "wallaroo://coordinator/NAME; `wallaroo ca issue` makes such";
      this.#refuse(socket, "bad_certificate", text);
      return undefined;
    }
    this.#settle(socket);
    return { identity };
  }

  /** A socket closed; if its handshake was under way, that is told. */
  closed(socket: GuardedSocket): void {
    this.#refuse(socket, "bad_handshake", "closed during the TLS handshake");
  }

  /** Drops all that is under way. */
  close(): void {
    const sockets = [...this.#pending.keys()];
    for (const socket of sockets) {
      this.#settle(socket);
      socket.terminate();
    }
  }

  #identityOf(socket: GuardedSocket): string | undefined {
    const der = socket.getPeerCertificate()?.raw;
    if (der === undefined) return undefined;
    try {
      return identityIn(this.#names(der));
    } catch {
      // Of an authority that signs what is no certificate: nobody.
      return undefined;
    }
  }

  #refuse(socket: GuardedSocket, code: HandshakeRefusal["code"], text: string): void {
    const peer = this.#settle(socket);
    if (peer === undefined) return; // G1
    this.#options.refused({ code, text, peer });
    socket.terminate();
  }

  #settle(socket: GuardedSocket): Address | undefined {
    const pending = this.#pending.get(socket);
    if (pending === undefined) return undefined;
    this.#pending.delete(socket);
    clearTimeout(pending.timer);
    return pending.peer;
  }
}

/** The runtime's texts end in codes of its library: the last word says most. */
function textOf(error: unknown): string {
  const text = messageOf(error);
  const word = /^error:[0-9a-f]+:.*:([A-Z0-9_]+)$/.exec(text)?.[1];
  if (word === "HTTP_REQUEST" || word === "WRONG_VERSION_NUMBER")
    return "the peer does not speak it";
  return word?.toLowerCase().replaceAll("_", " ") ?? text;
}
