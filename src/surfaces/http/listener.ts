import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from "node:http";
import {
  createSecureServer,
  type Http2SecureServer,
  type Http2ServerRequest,
  type Http2ServerResponse,
} from "node:http2";
import { Socket } from "node:net";
import { ConnectionRoom } from "../../app/live/connection-room.ts";

/** PEM texts, as read from their files. */
export interface TlsMaterial {
  readonly cert: string;
  readonly key: string;
  /** Authorities whose client certificates are accepted; undefined: none are asked for. */
  readonly clientCa: string | undefined;
}

export interface ListenerLimits {
  /** Beyond it the oldest one makes room of those on which nobody has shown who he is. */
  readonly connections: number;
  readonly headersTimeoutMs: number;
  readonly requestTimeoutMs: number;
  readonly idleTimeoutMs: number;
  /** Without a byte in either direction while an answer is on its way: longer than any client waits. */
  readonly stalledTimeoutMs: number;
  readonly headerBytes: number;
  readonly streamsPerConnection: number;
}

export const listenerLimits: ListenerLimits = {
  connections: 2_000,
  headersTimeoutMs: 10_000,
  requestTimeoutMs: 60_000,
  idleTimeoutMs: 75_000,
  stalledTimeoutMs: 150_000,
  headerBytes: 16 << 10,
  streamsPerConnection: 32,
};

/** Requests of HTTP/1.1 that came before the first of them was answered; no usual client sends a second one. */
const mostInARow = 8;
/** How often it is looked whether headers and requests are late. */
const lookEveryMs = 2_000;

/** A server without routes, and the connections that it has. */
export interface Listener {
  readonly server: Server;
  /** The client on this connection has shown who he is; `socket` as of a request. */
  vouch(socket: Socket, client: string): void;
  /** Renewed certificates hold for new connections. */
  renew(tls: TlsMaterial): void;
  /** Ends what is still connected. */
  destroyConnections(): void;
}

type Handler = (request: IncomingMessage | Http2ServerRequest, response: ServerResponse | Http2ServerResponse) => void;

/** HTTP/2 with HTTP/1.1 beside it over TLS; HTTP/1.1 alone without. */
export function makeListener(
  handler: RequestListener,
  tls: TlsMaterial | undefined,
  limits: ListenerLimits = listenerLimits,
  onCrowdedOut: () => void = () => {},
): Listener {
  const look = { connectionsCheckingInterval: lookEveryMs };
  const bounded = inShortRows(handler as Handler);
  const server = tls === undefined ? createServer(look, bounded) : secureServer(bounded, tls, limits);
  // Both kinds know these; without TLS they are set here as well.
  const plain = server as Server;
  plain.headersTimeout = limits.headersTimeoutMs;
  plain.requestTimeout = limits.requestTimeoutMs;
  plain.keepAliveTimeout = limits.idleTimeoutMs;
  plain.timeout = limits.stalledTimeoutMs;
  const room = new ConnectionRoom(limits.connections, onCrowdedOut);
  plain.on("connection", (socket: Socket) => room.enter(nameOf(socket), socket));
  return {
    server: plain,
    vouch: (socket, client) => {
      if (!socket.destroyed) room.vouch(nameOf(socket), client);
    },
    renew: (renewed) => {
      if (tls !== undefined) (server as Http2SecureServer).setSecureContext(contextOf(renewed));
    },
    destroyConnections: () => room.clear(),
  };
}

/** The same for a socket, TLS on it, and what an HTTP/2 session shows of it: both ends. */
function nameOf({ remoteAddress, remotePort, localAddress, localPort }: Socket): string {
  return `${remoteAddress} ${remotePort} ${localAddress} ${localPort}`;
}

/** All requests in a row are begun before one is answered: without a limit a few bytes would ask for any number of answers. */
function inShortRows(handler: Handler): Handler {
  const underWay = new WeakMap<Socket, number>();
  return (request, response) => {
    const { socket } = request;
    if (request.httpVersionMajor === 1) {
      const count = (underWay.get(socket) ?? 0) + 1;
      if (count > mostInARow) {
        socket.destroy();
        return;
      }
      underWay.set(socket, count);
      response.once("close", () => underWay.set(socket, (underWay.get(socket) ?? 1) - 1));
    }
    handler(request, response);
  };
}

function secureServer(handler: Handler, tls: TlsMaterial, limits: ListenerLimits): Http2SecureServer {
  const server = createSecureServer(
    {
      ...contextOf(tls),
      allowHTTP1: true,
      // A certificate that is not accepted is told so in words, and a token may do without one.
      requestCert: tls.clientCa !== undefined,
      rejectUnauthorized: false,
      handshakeTimeout: limits.headersTimeoutMs,
      maxSessionMemory: 32,
      settings: { maxConcurrentStreams: limits.streamsPerConnection, maxHeaderListSize: limits.headerBytes },
    },
    handler,
  );
  // With a listener of our own Node.js ends nobody itself: sessions have what follows, other connections end here.
  server.on("timeout", (stalled: unknown) => {
    if (stalled instanceof Socket) stalled.destroy();
  });
  server.on("session", (session) => {
    session.setTimeout(limits.idleTimeoutMs, () => {
      session.close();
      // A peer that neither reads an answer nor ends its request would keep the session for ever.
      const timer = setTimeout(() => session.destroy(), limits.stalledTimeoutMs);
      session.on("close", () => clearTimeout(timer));
    });
    // A peer that breaks the protocol loses its session, and that is all.
    session.on("error", () => session.destroy());
  });
  return server;
}

function contextOf({ cert, key, clientCa }: TlsMaterial): {
  cert: string;
  key: string;
  minVersion: "TLSv1.2";
  ca?: string;
} {
  return { cert, key, minVersion: "TLSv1.2", ...(clientCa === undefined ? {} : { ca: clientCa }) };
}
