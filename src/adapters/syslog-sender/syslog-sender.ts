import { createSocket } from "node:dgram";
import { lookup } from "node:dns/promises";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { connect, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import type { SyslogPlace, SyslogSender } from "../../app/audit/audit-port.ts";
import type { Failure } from "../../app/failure.ts";
import { quoted } from "../../core/quoted.ts";
import { fail, ok, type Result } from "../../core/result.ts";

const patienceMs = 10_000;

/** Fails with `audit_syslog_unreachable`. */
export async function openSyslogSender(place: SyslogPlace): Promise<Result<SyslogSender, Failure>> {
  try {
    return ok(place.protocol === "udp" ? await datagrams(place) : await frames(place));
  } catch (error) {
    const { message } = error as Error;
    const where = quoted(`${place.protocol}://${place.host}:${place.port}`);
    return fail({
      code: "audit_syslog_unreachable",
      message: `the receiver of syslog at ${where} cannot be reached: ${message}`,
    });
  }
}

async function datagrams({ host, port }: SyslogPlace): Promise<SyslogSender> {
  const { address, family } = await lookup(host);
  const socket = createSocket(family === 6 ? "udp6" : "udp4");
  // A receiver that is not there may say so; the next send fails then.
  socket.on("error", () => {});
  const connected = once(socket, "connect");
  socket.connect(port, address);
  await connected;
  return {
    send: async (messages) => {
      for (const message of messages) {
        await new Promise<void>((resolve, reject) => {
          socket.send(message, (error) => (error === null ? resolve() : reject(error)));
        });
      }
    },
    close: async () => {
      const closed = once(socket, "close");
      socket.close();
      await closed;
    },
  };
}

async function frames({ protocol, host, port, caFile }: SyslogPlace): Promise<SyslogSender> {
  const ca = caFile === undefined ? undefined : await readFile(caFile, "utf8");
  const servername = /^[0-9.]+$|:/.test(host) ? undefined : host;
  const socket: Socket =
    protocol === "tls"
      ? connectTls({
          host,
          port,
          ...(ca === undefined ? {} : { ca }),
          ...(servername === undefined ? {} : { servername }),
        })
      : connect(port, host);
  socket.setTimeout(patienceMs, () => socket.destroy(new Error("it does not answer")));
  await once(socket, protocol === "tls" ? "secureConnect" : "connect");
  socket.setTimeout(0);
  let broken: Error | undefined;
  socket.on("error", (error) => (broken = error));
  socket.on("close", () => (broken ??= new Error("the receiver has closed the connection")));
  // Receivers of syslog say nothing; what they say all the same must not fill the memory.
  socket.resume();
  return {
    send: (messages) =>
      new Promise<void>((resolve, reject) => {
        if (broken !== undefined) {
          reject(broken);
          return;
        }
        const gone = (): void => reject(broken ?? new Error("the receiver has closed the connection"));
        socket.once("close", gone);
        const text = messages.map((message) => `${Buffer.byteLength(message)} ${message}`).join("");
        socket.write(text, (error) => {
          socket.off("close", gone);
          if (error === null || error === undefined) resolve();
          else reject(error);
        });
      }),
    close: async () => {
      if (socket.destroyed) return;
      const closed = once(socket, "close");
      socket.end();
      socket.setTimeout(patienceMs, () => socket.destroy());
      await closed;
    },
  };
}
