import { createHash, createHmac, pbkdf2Sync, randomBytes } from "node:crypto";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { createServer, type Server, type TLSSocket } from "node:tls";
import type { Issued } from "../../certificate.ts";

const apiVersions = 18;
const handshake = 17;
const authenticate = 36;
const authenticationFailed = 58;
const iterations = 4096;

/** A broker up to the moment when it knows who is there: it shakes hands over TLS, authenticates, and hangs up. */
export class SaslBroker {
  /** Who came in, with the mechanism. */
  readonly admitted: string[] = [];
  readonly refused: string[] = [];
  /** Certificates' common names, of clients that showed one. */
  readonly clients: string[] = [];
  private readonly server: Server;
  private readonly users: Readonly<Record<string, string>>;

  private constructor(server: Server, users: Readonly<Record<string, string>>) {
    this.server = server;
    this.users = users;
    server.on("tlsClientError", () => undefined);
    server.on("secureConnection", (socket) => this.serve(socket));
  }

  static async open(
    certificate: Issued,
    users: Readonly<Record<string, string>>,
    clientAuthority?: string,
  ): Promise<SaslBroker> {
    const mutual = clientAuthority === undefined ? {} : { ca: clientAuthority, requestCert: true };
    const broker = new SaslBroker(createServer({ ...certificate, ...mutual }), users);
    broker.server.listen(0, "127.0.0.1");
    await once(broker.server, "listening");
    return broker;
  }

  get address(): string {
    return `127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  async close(): Promise<void> {
    this.server.close();
    await once(this.server, "close");
  }

  private serve(socket: TLSSocket): void {
    const { subject } = socket.getPeerCertificate();
    if (subject !== undefined) this.clients.push(String(subject.CN));
    const talk = new Talk(this.users);
    let held = Buffer.alloc(0);
    socket.on("error", () => undefined);
    socket.on("data", (piece) => {
      held = Buffer.concat([held, piece]);
      while (held.length >= 4 && held.length >= 4 + held.readInt32BE(0)) {
        const length = 4 + held.readInt32BE(0);
        const answer = talk.answer(held.subarray(4, length));
        held = held.subarray(length);
        if (answer === undefined) socket.destroy();
        else socket.write(Buffer.concat([int32(answer.length), answer]));
      }
      if (talk.user !== "" && !this.admitted.includes(talk.user)) this.admitted.push(talk.user);
      if (talk.refusal !== "") this.refused.push(talk.refusal);
    });
  }
}

/** One connection. @see the protocol's SaslHandshake v1 and SaslAuthenticate v1, RFC 4616, RFC 5802 */
class Talk {
  user = "";
  refusal = "";
  private readonly users: Readonly<Record<string, string>>;
  private mechanism = "";
  private first:
    | { readonly name: string; readonly bare: string; readonly said: string; readonly salt: Buffer }
    | undefined;

  constructor(users: Readonly<Record<string, string>>) {
    this.users = users;
  }

  answer(request: Buffer): Buffer | undefined {
    const key = request.readInt16BE(0);
    const correlation = request.subarray(4, 8);
    const body = request.subarray(10 + Math.max(0, request.readInt16BE(8)));
    const answer =
      key === apiVersions
        ? versions()
        : key === handshake
          ? this.shake(body)
          : key === authenticate
            ? this.judge(body)
            : undefined;
    return answer === undefined ? undefined : Buffer.concat([correlation, answer]);
  }

  private shake(body: Buffer): Buffer {
    this.mechanism = body.subarray(2, 2 + body.readInt16BE(0)).toString();
    return Buffer.concat([int16(0), int32(1), string(this.mechanism)]);
  }

  private judge(body: Buffer): Buffer {
    const said = body.subarray(4, 4 + body.readInt32BE(0)).toString();
    const answer = this.mechanism === "PLAIN" ? this.plain(said) : this.scram(said);
    if (answer !== undefined) return Buffer.concat([int16(0), int16(-1), bytes(answer), Buffer.alloc(8)]);
    this.refusal = this.mechanism;
    const why = "Authentication failed during authentication due to invalid credentials";
    return Buffer.concat([int16(authenticationFailed), string(why), bytes(""), Buffer.alloc(8)]);
  }

  private plain(said: string): string | undefined {
    const [, name = "", password] = said.split("\0");
    if (this.users[name] !== password) return undefined;
    this.user = `PLAIN ${name}`;
    return "";
  }

  private scram(said: string): string | undefined {
    const digest = this.mechanism === "SCRAM-SHA-256" ? "sha256" : "sha512";
    if (this.first === undefined) {
      const bare = said.slice("n,,".length);
      const [, escaped = "", nonce = ""] = /^n=([^,]*),r=(.*)$/.exec(bare) ?? [];
      const name = escaped.replaceAll("=2C", ",").replaceAll("=3D", "=");
      const salt = randomBytes(16);
      const answer = `r=${nonce}${randomBytes(9).toString("base64url")},s=${salt.toString("base64")},i=${iterations}`;
      this.first = { name, bare, said: answer, salt };
      return answer;
    }
    const { name, bare, said: ours, salt } = this.first;
    const [, final = "", proof = ""] = /^(.*),p=(.*)$/.exec(said) ?? [];
    const length = createHash(digest).digest().length;
    const salted = pbkdf2Sync(this.users[name] ?? "", salt, iterations, length, digest);
    const hmac = (key: Buffer, text: string): Buffer => createHmac(digest, key).update(text).digest();
    const clientKey = hmac(salted, "Client Key");
    const signed = `${bare},${ours},${final}`;
    const signature = hmac(createHash(digest).update(clientKey).digest(), signed);
    if (!Buffer.from(clientKey.map((byte, i) => byte ^ signature[i]!)).equals(Buffer.from(proof, "base64")))
      return undefined;
    this.user = `${this.mechanism} ${name}`;
    return `v=${hmac(hmac(salted, "Server Key"), signed).toString("base64")}`;
  }
}

function versions(): Buffer {
  const known = [apiVersions, handshake, authenticate].map((key) => Buffer.concat([int16(key), int16(0), int16(1)]));
  return Buffer.concat([int16(0), int32(known.length), ...known, int32(0)]);
}

function int16(value: number): Buffer {
  const written = Buffer.alloc(2);
  written.writeInt16BE(value);
  return written;
}

function int32(value: number): Buffer {
  const written = Buffer.alloc(4);
  written.writeInt32BE(value);
  return written;
}

function string(text: string): Buffer {
  return Buffer.concat([int16(Buffer.byteLength(text)), Buffer.from(text)]);
}

function bytes(text: string): Buffer {
  return Buffer.concat([int32(Buffer.byteLength(text)), Buffer.from(text)]);
}
