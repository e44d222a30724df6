import { readFileSync } from "node:fs";
import { type Server, ServerCredentials } from "@grpc/grpc-js";
import type { Certificates } from "./certificates.ts";

/**
 * Opens the server on loopback, on `port` or on any when that is 0. With certificates it shows those of `name`, and wants
 * one of `clientCa` from its clients, where that is named.
 */
export function bindServer(
  server: Server,
  port: number,
  certificates?: Certificates,
  name = "server",
  clientCa?: string,
  host = "127.0.0.1",
): Promise<number> {
  const read = (file: string): Buffer => readFileSync(certificates!.path(file));
  const credentials =
    certificates === undefined
      ? ServerCredentials.createInsecure()
      : ServerCredentials.createSsl(
          clientCa === undefined ? null : read(`${clientCa}.pem`),
          [{ private_key: read(`${name}.key`), cert_chain: read(`${name}.pem`) }],
          clientCa !== undefined,
        );
  return new Promise((resolve, reject) => {
    server.bindAsync(`${host}:${port}`, credentials, (error, bound) =>
      error === null ? resolve(bound) : reject(error),
    );
  });
}
