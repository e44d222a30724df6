import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { connect as connectHttp2, type ClientHttp2Session } from "node:http2";
import { request } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect as connectTls } from "node:tls";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { HttpSink } from "../../src/adapters/collector-client/ship.ts";
import { packBatch } from "../../src/adapters/outbox/pack.ts";
import { encodeBatch } from "../../src/app/live/encode-batch.ts";
import { type Issued, issueCertificate } from "../certificate.ts";
import { batchForTest } from "../history/batch-for-test.ts";
import { CollectorForTest } from "./collector-for-test.ts";

const authority = issueCertificate({ commonName: "test authority", isAuthority: true });
const clientAuthority = issueCertificate({ commonName: "client authority", isAuthority: true });
const server = issueCertificate({ commonName: "collector", hosts: ["127.0.0.1"] }, authority);
const client = (commonName: string, organization: string, hosts: readonly string[] = []): Issued =>
  issueCertificate({ commonName, organization, hosts }, clientAuthority);
const nodeA = client("node-a", "east");
const text = encodeBatch(batchForTest([["shop/Deployment/cart tcp 192.0.2.1:443", 0, 10]]));

let own: CollectorForTest;
beforeEach(async () => {
  own = await CollectorForTest.open({ tls: { ...server, clientCa: clientAuthority.cert } });
  own.nowMs = Date.now();
});
afterEach(() => own.close());

interface Answer {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
}

/** A batch over HTTP/1.1. */
async function postOverHttp1(as: Issued | undefined, token?: string): Promise<Answer> {
  const asked = request(`${own.url}/v1/batches`, {
    method: "POST",
    ca: authority.cert,
    ...as,
    agent: false,
    headers: {
      "content-type": "application/json",
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    },
  });
  asked.end(text);
  const [response] = (await once(asked, "response")) as [AsyncIterable<Buffer> & { readonly statusCode: number }];
  let answer = "";
  for await (const piece of response) answer += piece.toString();
  return { status: response.statusCode, body: JSON.parse(answer) as Answer["body"] };
}

async function postOverHttp2(session: ClientHttp2Session, body = text): Promise<Answer> {
  const stream = session.request({ ":method": "POST", ":path": "/v1/batches", "content-type": "application/json" });
  stream.end(body);
  const [headers] = (await once(stream, "response")) as [{ readonly ":status": number }];
  let answer = "";
  for await (const piece of stream) answer += String(piece);
  return { status: headers[":status"], body: JSON.parse(answer) as Answer["body"] };
}

function connect(as: Issued | undefined): ClientHttp2Session {
  const session = connectHttp2(own.url, { ca: authority.cert, ...as });
  session.on("error", () => {});
  return session;
}

describe("a client certificate", () => {
  test("of an observer lets it ship, over HTTP/2", async () => {
    const session = connect(nodeA);
    expect(await postOverHttp2(session)).toEqual({ status: 200, body: { result: "stored" } });
    expect(session.alpnProtocol).toBe("h2");
    expect(await postOverHttp2(session)).toEqual({ status: 200, body: { result: "known" } });
    session.close();
  });

  test("of an observer lets it ship, over HTTP/1.1", async () => {
    expect(await postOverHttp1(nodeA)).toEqual({ status: 200, body: { result: "stored" } });
  });

  test.each<readonly [string, () => Issued | undefined, number, string | undefined]>([
    ["that is not there", () => undefined, 401, "token_missing"],
    ["of another observer", () => client("node-b", "east"), 403, "collector_observer_not_allowed"],
    ["of another cluster", () => client("node-a", "west"), 403, "collector_cluster_not_allowed"],
    ["of every cluster, as it claims", () => client("node-a", "*"), 401, "certificate_nameless"],
    ["with a name that is none", () => client("../etc", "east"), 401, "certificate_nameless"],
    [
      "that names observer and cluster in a URI",
      () => client("x", "y", ["spiffe://example.org/cluster/east/observer/node-a"]),
      200,
      undefined,
    ],
    [
      "whose URI counts before its common name",
      () => client("node-a", "east", ["spiffe://example.org/cluster/west/observer/node-a"]),
      403,
      "collector_cluster_not_allowed",
    ],
    [
      "of another authority",
      () => issueCertificate({ commonName: "node-a", organization: "east" }, authority),
      401,
      "certificate_untrusted",
    ],
    [
      "signed by itself",
      () => issueCertificate({ commonName: "node-a", organization: "east" }),
      401,
      "certificate_untrusted",
    ],
    [
      "that has expired",
      () =>
        issueCertificate(
          { commonName: "node-a", organization: "east", notAfter: new Date(Date.now() - 60_000) },
          clientAuthority,
        ),
      401,
      "certificate_expired",
    ],
  ])("%s", async (_, issue, status, code) => {
    const answer = await postOverHttp1(issue());
    expect([answer.status, answer.body.code]).toEqual([status, code]);
  });

  test("that expires while its connection stays is no longer good", async () => {
    const session = connect(nodeA);
    expect((await postOverHttp2(session)).status).toBe(200);
    own.nowMs += 2 * 86_400_000;
    expect(await postOverHttp2(session)).toMatchObject({ status: 401, body: { code: "certificate_expired" } });
    session.close();
  });

  test("is no hindrance to a token", async () => {
    const token = await own.token();
    expect((await postOverHttp1(undefined, token)).status).toBe(200);
    expect((await postOverHttp1(client("node-a", "west"), token)).status).toBe(200);
  });
});

describe("a connection", () => {
  test("carries many batches at once over HTTP/2", async () => {
    const session = connect(undefined);
    const token = await own.token();
    const answers = await Promise.all(
      Array.from({ length: 30 }, async (_, n) => {
        const stream = session.request({
          ":method": "POST",
          ":path": "/v1/batches",
          "content-type": "application/json",
          authorization: `Bearer ${token}`,
        });
        stream.end(encodeBatch(batchForTest([], { observer: `node-${n}` })));
        const [headers] = (await once(stream, "response")) as [{ readonly ":status": number }];
        stream.resume();
        await once(stream, "end");
        return headers[":status"];
      }),
    );
    expect(answers).toEqual(Array.from({ length: 30 }, () => 200));
    session.close();
  });

  test("with an old TLS is refused", async () => {
    const { hostname, port } = new URL(own.url);
    const socket = connectTls({ host: hostname, port: Number(port), ca: authority.cert, maxVersion: "TLSv1.1" });
    const said = await once(socket, "secureConnect").then(
      () => "connected",
      () => "refused",
    );
    socket.destroy();
    expect(said).toBe("refused");
  });

  test("to a server whose certificate was renewed sees the new one", async () => {
    const renewed = issueCertificate({ commonName: "renewed", hosts: ["127.0.0.1"] }, authority);
    own.renew({ ...renewed, clientCa: clientAuthority.cert });
    const { hostname, port } = new URL(own.url);
    const socket = connectTls({ host: hostname, port: Number(port), ca: authority.cert });
    await once(socket, "secureConnect");
    expect(socket.getPeerCertificate().subject.CN).toBe("renewed");
    socket.destroy();
    expect((await postOverHttp1(nodeA)).status).toBe(200);
  });

  test("asks for TLS to be kept", async () => {
    const asked = request(`${own.url}/healthz`, { ca: authority.cert, agent: false });
    asked.end();
    const [response] = (await once(asked, "response")) as [{ headers: Record<string, string>; resume(): void }];
    response.resume();
    expect(response.headers["strict-transport-security"]).toBe("max-age=31536000");
  });

  test("that speaks nonsense inside HTTP/2 ends alone", async () => {
    const { hostname, port } = new URL(own.url);
    const socket = connectTls({ host: hostname, port: Number(port), ca: authority.cert, ALPNProtocols: ["h2"] });
    await once(socket, "secureConnect");
    socket.on("error", () => {});
    socket.write(Buffer.concat([Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"), Buffer.alloc(4000, 0xff)]));
    socket.resume();
    await once(socket, "close");
    expect((await postOverHttp1(nodeA)).status).toBe(200);
  });
});

describe("an observer's own client", () => {
  let folder = "";
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "postern-tls-"));
    await writeFile(join(folder, "ca.pem"), authority.cert);
    await writeFile(join(folder, "cert.pem"), nodeA.cert);
    await writeFile(join(folder, "key.pem"), nodeA.key);
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  test("ships with its certificate", async () => {
    const tls = {
      caFile: join(folder, "ca.pem"),
      certFile: join(folder, "cert.pem"),
      keyFile: join(folder, "key.pem"),
    };
    const sink = new HttpSink({ url: new URL(own.url), tokenFile: undefined, tls });
    const packed = packBatch(batchForTest([["shop/Deployment/cart tcp 192.0.2.1:443", 0, 10]]));
    expect(await sink.deliverPacked(packed, new AbortController().signal)).toEqual({ kind: "stored" });
    expect(await sink.deliverPacked(packed, new AbortController().signal)).toEqual({ kind: "stored" });
    await sink.close();
    expect(own.groups).toEqual([1, 1]);
  });
});

test("a path cannot write to the terminal of whoever reads the log", async () => {
  const session = connect(undefined);
  const stream = session.request({ ":path": "/v1/history/\u009b2J" });
  const [headers] = (await once(stream, "response")) as [{ readonly ":status": number }];
  session.destroy();
  expect(headers[":status"]).toBe(401);
  expect(own.log.join("")).toContain(String.raw`/v1/history/\u009b2J`);
  expect(own.log.join("")).not.toContain("\u009b");
});
