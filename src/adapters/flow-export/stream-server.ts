import { once } from "node:events";
import { createServer as createTcpServer, type Server, type Socket } from "node:net";
import { createServer as createTlsServer, type Server as TlsServer } from "node:tls";
import { readTls } from "../../app/live/credentials.ts";
import type { OpenSocket } from "./datagram-socket.ts";
import type { ListenCertificate } from "./options.ts";

/** Who does not shake hands in that time is nobody's exporter. */
const handshakeMs = 10_000;
/** So often the certificate files are read again. */
const renewMs = 60_000;

export interface StreamEvents {
  /** Before TLS: who may not send costs no handshake, and what is open counts while it shakes hands. */
  connected(socket: Socket): void;
  /** Bytes of messages may be read. */
  ready(socket: Socket): void;
  trouble(reason: string, error: Error): void;
}

/** Listens for connections until `signal` aborts; those that are open are not its own. Rejects with the system's error. */
export async function openServer(
  address: string,
  family: 4 | 6,
  port: number,
  certificate: ListenCertificate | undefined,
  events: StreamEvents,
  signal: AbortSignal,
): Promise<OpenSocket> {
  const server: Server = certificate === undefined ? createTcpServer() : await tlsServer(certificate, events, signal);
  server.on("connection", (socket: Socket) => events.connected(socket));
  server.on(certificate === undefined ? "connection" : "secureConnection", (socket: Socket) => events.ready(socket));
  server.listen({ host: address, port, ipv6Only: family === 6, signal });
  try {
    await once(server, "listening", { signal });
  } catch (error) {
    server.close();
    throw error;
  }
  const closed = new Promise<void>((resolve, reject) => {
    server.once("error", (error) => {
      server.close();
      reject(error);
    });
    server.once("close", resolve);
  });
  const bound = server.address();
  const boundPort = typeof bound === "object" && bound !== null ? bound.port : port;
  const protocol = certificate === undefined ? "tcp" : "tls";
  const name = `${protocol} ${family === 4 ? address : `[${address}]`}:${boundPort}`;
  return { port: boundPort, name, receiveBufferBytes: undefined, closed };
}

async function tlsServer(
  certificate: ListenCertificate,
  events: StreamEvents,
  signal: AbortSignal,
): Promise<TlsServer> {
  const { certFile, keyFile, clientCaFile } = certificate;
  const read = (): ReturnType<typeof readTls> => readTls({ certFile, keyFile, caFile: clientCaFile });
  const isMutual = clientCaFile !== undefined;
  const server = createTlsServer({
    ...(await read()),
    requestCert: isMutual,
    rejectUnauthorized: isMutual,
    handshakeTimeout: handshakeMs,
  });
  server.on("tlsClientError", (error, socket) => {
    events.trouble("a TLS handshake failed", error);
    socket.destroy();
  });
  // New connections get what was renewed, or the old certificate while the new one cannot be read.
  const renewing = setInterval(() => {
    read()
      .then((material) => server.setSecureContext(material))
      .catch((error: unknown) =>
        events.trouble(
          "a renewed certificate cannot be used",
          error instanceof Error ? error : new Error(String(error)),
        ),
      );
  }, renewMs);
  signal.addEventListener("abort", () => clearInterval(renewing), { once: true });
  server.once("close", () => clearInterval(renewing));
  return server;
}
