import { X509Certificate } from "node:crypto";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { connect, createServer, type TLSSocket } from "node:tls";
import { expect, test } from "vitest";
import { isPair, issueCertificate } from "./certificate.ts";

const authority = issueCertificate({ commonName: "test authority", isAuthority: true });

test("a certificate says whose it is, and the authority vouches for it", () => {
  const issued = issueCertificate(
    { commonName: "someone", organization: "team", hosts: ["127.0.0.1", "localhost"] },
    authority,
  );
  const read = new X509Certificate(issued.cert);
  expect([read.subject, read.issuer, read.subjectAltName]).toEqual([
    "O=team\nCN=someone",
    "CN=test authority",
    "IP Address:127.0.0.1, DNS:localhost",
  ]);
  expect(read.verify(new X509Certificate(authority.cert).publicKey)).toBe(true);
  expect(isPair(issued)).toBe(true);
});

test.each([
  ["a valid server is trusted", undefined, "trusted"],
  ["an expired one is not", new Date(Date.now() - 60_000), "CERT_HAS_EXPIRED"],
])("%s", async (_, notAfter, outcome) => {
  const wanted = { commonName: "server", hosts: ["127.0.0.1"], ...(notAfter === undefined ? {} : { notAfter }) };
  const server = createServer(issueCertificate(wanted, authority), (socket) => socket.on("error", () => undefined));
  server.on("tlsClientError", () => undefined);
  await once(server.listen(0, "127.0.0.1"), "listening");
  const socket: TLSSocket = connect({
    host: "127.0.0.1",
    port: (server.address() as AddressInfo).port,
    ca: authority.cert,
  });
  const said = await once(socket, "secureConnect").then(
    () => "trusted",
    (error: unknown) => (error as NodeJS.ErrnoException).code,
  );
  socket.destroy();
  server.close();
  expect(said).toBe(outcome);
});
