/** Packed answers that break off, and annotations that hold lists of their own. */
import { once } from "node:events";
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { gzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { ClusterWatcher } from "../../../src/adapters/kubernetes/cluster-watcher.ts";

const applied = JSON.stringify({ kind: "List", items: [{ metadata: { name: "not me" } }], metadata: {} });
const pod = (name: string, i: number): object => ({
  metadata: { name, namespace: "shop", annotations: { "kubectl.kubernetes.io/last-applied-configuration": applied } },
  status: { phase: "Running", podIP: `10.128.0.${i}` },
});
/** What Kubernetes writes first may as well come last. */
const list = (items: readonly object[]): string =>
  JSON.stringify({ items, metadata: { resourceVersion: "1" }, kind: "List" });
const packed = gzipSync(list(Array.from({ length: 200 }, (_, i) => pod(`web-${i}`, i))));

test.each<[string, (response: ServerResponse) => void]>([
  ["ends too early", (response) => response.end(packed.subarray(0, packed.length >> 1))],
  ["breaks off", (response) => response.write(packed.subarray(0, packed.length >> 1), () => response.destroy())],
  ["is not packed at all", (response) => response.end("{}")],
])("an answer that %s is fetched again", async (_, answerOnce) => {
  let tries = 0;
  const server = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? "", "http://server");
    if (searchParams.has("watch")) response.writeHead(200).flushHeaders();
    else if (pathname === "/api/v1/pods") {
      tries += 1;
      response.writeHead(200, { "content-encoding": "gzip" });
      if (tries === 1) answerOnce(response);
      else response.end(packed);
    } else response.end(list([]));
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  const { port } = server.address() as AddressInfo;
  const access = {
    server: new URL(`http://127.0.0.1:${port}`),
    isInsecure: false,
    headers: {},
    credentials: () => Promise.resolve({}),
  };
  const watcher = new ClusterWatcher(() => Promise.resolve(access), { cluster: "east", timing: { firstPauseMs: 10 } });
  const ended = new AbortController();
  const running = watcher.run(ended.signal);
  await watcher.ready;
  expect([tries, watcher.facts().pods.length, watcher.status().counts.malformed]).toEqual([2, 200, 0]);
  ended.abort();
  await running;
  server.closeAllConnections();
  server.close();
});
