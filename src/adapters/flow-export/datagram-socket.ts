import { createSocket, type RemoteInfo, type Socket } from "node:dgram";
import { once } from "node:events";

export interface OpenSocket {
  readonly port: number;
  /** `udp 192.0.2.1:4739` or `tcp [::]:4739`. */
  readonly name: string;
  /** What the kernel gave; less than asked where the machine's limit is lower. Undefined for what can make senders wait. */
  readonly receiveBufferBytes: number | undefined;
  /** Resolves when the socket is closed, rejects when it fails. */
  readonly closed: Promise<void>;
}

/** Binds a socket, which `signal` closes. Rejects with the system's error. */
export async function openSocket(
  address: string,
  family: 4 | 6,
  port: number,
  receiveBufferBytes: number,
  onDatagram: (bytes: Buffer, sender: RemoteInfo) => void,
  signal: AbortSignal,
): Promise<OpenSocket> {
  // Both families have sockets of their own, so that addresses come in one form and one can fail alone.
  const socket = createSocket({ type: family === 4 ? "udp4" : "udp6", ipv6Only: family === 6, signal });
  socket.on("message", onDatagram);
  let receiveBuffer: number;
  try {
    socket.bind({ address, port, exclusive: true });
    await once(socket, "listening", { signal });
    receiveBuffer = enlarge(socket, receiveBufferBytes);
  } catch (error) {
    if (!signal.aborted) socket.close(); // binding may fail every half minute for days
    throw error;
  }
  const closed = new Promise<void>((resolve, reject) => {
    socket.once("error", (error) => {
      socket.close();
      reject(error);
    });
    socket.once("close", resolve);
  });
  const bound = socket.address().port;
  return {
    port: bound,
    name: `udp ${family === 4 ? address : `[${address}]`}:${bound}`,
    receiveBufferBytes: receiveBuffer,
    closed,
  };
}

/** Linux reports twice what it was asked for, for its own needs. */
function enlarge(socket: Socket, bytes: number): number {
  const unit = process.platform === "linux" ? 2 : 1;
  try {
    socket.setRecvBufferSize(bytes);
  } catch {
    // Systems that refuse instead of giving less keep what they had.
  }
  return Math.floor(socket.getRecvBufferSize() / unit);
}
