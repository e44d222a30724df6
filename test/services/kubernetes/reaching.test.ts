/** The ways to a server that prove who it is and who we are, and those that must not be taken. */
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer, type IncomingMessage } from "node:http";
import { type AddressInfo, connect, createServer as createTcpServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Duplex } from "node:stream";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ApiClient } from "../../../src/adapters/kubernetes/api-client.ts";
import { ClusterWatcher } from "../../../src/adapters/kubernetes/cluster-watcher.ts";
import { findAccess } from "../../../src/adapters/kubernetes/find-access.ts";
import { readBody } from "../../../src/adapters/kubernetes/read-body.ts";
import { issueCertificate } from "../../certificate.ts";
import { ApiDouble } from "./api-double.ts";
import { namespaceObject } from "./cluster-objects.ts";
import { until } from "./watched-double.ts";

const double = new ApiDouble();
let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "postern-reach-"));
  await double.start();
  double.tokens.set("good", undefined);
  double.put(namespaceObject("shop"));
});
afterAll(async () => {
  await double.stop();
  await rm(folder, { recursive: true });
});

const base64 = (text: string): string => Buffer.from(text).toString("base64");

async function kubeconfig(user: object, cluster: object = {}): Promise<string> {
  const path = join(folder, `config-${Math.random()}`);
  const trusted = { "certificate-authority-data": base64(double.authority.cert) };
  const file = {
    clusters: [{ name: "c", cluster: { server: double.url, ...trusted, ...cluster } }],
    users: [{ name: "u", user }],
    contexts: [{ name: "x", context: { cluster: "c", user: "u" } }],
    "current-context": "x",
  };
  await writeFile(path, JSON.stringify(file));
  return path;
}

async function namespaces(user: object, cluster: object = {}): Promise<string> {
  const access = await findAccess({ kubeconfig: await kubeconfig(user, cluster) }, { home: folder, variables: {} });
  const client = new ApiClient(access);
  try {
    return await namespacesBy(client);
  } finally {
    client.close();
  }
}

async function namespacesBy(client: ApiClient): Promise<string> {
  try {
    const signal = AbortSignal.timeout(5_000);
    const { status, body } = await client.get("/api/v1/namespaces", "application/json", signal);
    let text = "";
    await readBody(body, (chunk) => (text += chunk.toString()), 5_000);
    if (status !== 200) return String(status);
    const { items } = JSON.parse(text) as { items: { metadata: { name: string } }[] };
    return items.map(({ metadata }) => metadata.name).join();
  } catch (error) {
    return String((error as NodeJS.ErrnoException).code ?? error);
  }
}

describe("reaching a server", () => {
  const admin = issueCertificate({ commonName: "admin", organization: "system:masters" }, double.authority);
  const stranger = issueCertificate({ commonName: "admin", organization: "system:masters" });
  const pair = ({ cert, key }: typeof admin): object => ({
    "client-certificate-data": base64(cert),
    "client-key-data": base64(key),
  });
  const plugin = `process.stdout.write(JSON.stringify({ kind: "ExecCredential", status: { token: "good" } }))`;
  const exec = { apiVersion: "client.authentication.k8s.io/v1", command: process.execPath, args: ["-e", plugin] };
  test.each<[string, object, object, string]>([
    ["by a token", { token: "good" }, {}, "shop"],
    ["by a token nobody knows", { token: "bad" }, {}, "401"],
    ["by a client's certificate", pair(admin), {}, "shop"],
    ["by a certificate of another authority", pair(stranger), {}, "401"],
    ["by a credential plug-in", { exec }, {}, "shop"],
    ["as a name that its certificate has", { token: "good" }, { "tls-server-name": "localhost" }, "shop"],
    [
      "as a name that its certificate does not have",
      { token: "good" },
      { "tls-server-name": "other" },
      "ERR_TLS_CERT_ALTNAME_INVALID",
    ],
    [
      "vouched for by another authority",
      { token: "good" },
      { "certificate-authority-data": base64(issueCertificate({ commonName: "x", isAuthority: true }).cert) },
      "SELF_SIGNED_CERT_IN_CHAIN",
    ],
    ["where nobody listens", { token: "good" }, { server: "https://127.0.0.1:1" }, "ECONNREFUSED"],
  ])("%s", async (_, user, cluster, outcome) => expect(await namespaces(user, cluster)).toBe(outcome));

  test("through a proxy", async () => {
    const asked: string[] = [];
    const proxy = createServer();
    const open = new Set<Duplex>();
    proxy.on("connect", (request: IncomingMessage, socket: Duplex) => {
      asked.push(request.url ?? "");
      const [host = "", port] = (request.url ?? "").split(":");
      const onward = connect(Number(port), host, () => {
        socket.write("HTTP/1.1 200 OK\r\n\r\n");
        socket.pipe(onward).pipe(socket);
      });
      for (const one of [socket, onward]) {
        open.add(one);
        one.on("error", () => undefined);
      }
    });
    await once(proxy.listen(0, "127.0.0.1"), "listening");
    const { port } = proxy.address() as AddressInfo;
    expect(await namespaces({ token: "good" }, { "proxy-url": `http://127.0.0.1:${port}` })).toBe("shop");
    expect(asked).toEqual([new URL(double.url).host]);
    for (const one of open) one.destroy();
    proxy.close();
  });
});

test("a client's certificate that is replaced in its file signs the next request", async () => {
  const files = { "client-certificate": join(folder, "me.crt"), "client-key": join(folder, "me.key") };
  const become = async (authority?: typeof double.authority): Promise<void> => {
    const { cert, key } = issueCertificate({ commonName: "admin", organization: "system:masters" }, authority);
    await writeFile(files["client-certificate"], cert);
    await writeFile(files["client-key"], key);
  };
  await become();
  const access = await findAccess({ kubeconfig: await kubeconfig(files) }, { home: folder, variables: {} });
  const client = new ApiClient(access);
  const before = await namespacesBy(client);
  await become(double.authority);
  expect([before, await namespacesBy(client), await namespacesBy(client)]).toEqual(["401", "shop", "shop"]);
  client.close();
});

test("a server at an IPv6 address", async (context) => {
  const other = new ApiDouble("::1");
  await other.start().catch(() => context.skip("there is no IPv6 here"));
  other.tokens.set("good", undefined);
  other.put(namespaceObject("six"));
  const ca = { "certificate-authority-data": base64(other.authority.cert) };
  expect(await namespaces({ token: "good" }, { server: other.url, ...ca })).toBe("six");
  await other.stop();
});

test("neither a proxy that never answers nor a plug-in that takes its time is waited for beyond patience", async () => {
  const silent = createTcpServer();
  await once(silent.listen(0, "127.0.0.1"), "listening");
  const { port } = silent.address() as AddressInfo;
  const open = async (user: object, cluster: object = {}): Promise<ApiClient> => {
    const access = await findAccess({ kubeconfig: await kubeconfig(user, cluster) }, { home: folder, variables: {} });
    return new ApiClient(access, { patienceMs: 50 });
  };
  const ended = new AbortController();
  const behind = await open({ token: "good" }, { "proxy-url": `http://127.0.0.1:${port}` });
  await expect(behind.get("/api/v1/namespaces", "application/json", ended.signal)).rejects.toThrow("no answer");
  const args = ["-e", "setTimeout(() => {}, 2_000)"];
  const exec = { apiVersion: "client.authentication.k8s.io/v1", command: process.execPath, args };
  const asking = (await open({ exec })).get("/api/v1/namespaces", "application/json", ended.signal);
  ended.abort();
  await expect(asking).rejects.toThrow("no longer wanted");
  behind.close();
  silent.close();
});

test("a watcher that has no way to its cluster fails, and says why", async () => {
  const watcher = new ClusterWatcher(
    () => findAccess({ context: "play", kubeconfig: join(folder, "none") }, { home: folder, variables: {} }),
    {
      cluster: "east",
    },
  );
  await expect(watcher.run(new AbortController().signal)).rejects.toThrow("does not exist");
  expect(watcher.status()).toMatchObject({ state: "failed" });
  expect(watcher.status().message).toContain("does not exist");
});

test("no secret is in what a watcher says of its troubles", async () => {
  const path = await kubeconfig({ token: "very-secret" }, { "proxy-url": "http://me:my-password@127.0.0.1:1" });
  const watcher = new ClusterWatcher(() => findAccess({ kubeconfig: path }, { home: folder, variables: {} }), {
    cluster: "east",
    timing: { firstPauseMs: 10 },
  });
  const ended = new AbortController();
  const running = watcher.run(ended.signal);
  await until(() => watcher.status().state === "retrying");
  expect(JSON.stringify(watcher.status())).not.toMatch(/very-secret|my-password/);
  ended.abort();
  await running;
});
