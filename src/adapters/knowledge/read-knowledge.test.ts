import { mkdtemp, rm, utimes, writeFile } from "node:fs/promises";
import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { ipForTest } from "../../../test/arbitraries/edge.ts";
import { type KnowledgeRequest, nothingRequested } from "../../app/knowledge-source.ts";
import { formatCidr } from "../../core/net/ip-set.ts";
import { formatNamePattern } from "../../core/net/name-pattern.ts";
import { indexKnowledge } from "../../pipeline/baseline/knowledge/knowledge-index.ts";
import { mayBeAsked } from "./list-address.ts";
import { readKnowledge } from "./read-knowledge.ts";

const nowMs = Date.parse("2026-11-23T00:00:00Z");
let folder = "";

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "postern-knowledge-"));
});
afterAll(() => rm(folder, { recursive: true }));

async function fileForTest(name: string, content: string | Uint8Array, date = "2026-11-20"): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, content);
  await utimes(path, new Date(date), new Date(date));
  return path;
}

async function read(request: Partial<KnowledgeRequest>) {
  const options = { nowMs, signal: new AbortController().signal, onProgress: () => {} };
  return readKnowledge({ ...nothingRequested, ...request }, options);
}

/** The messages, with the folder left out. */
async function troubles(request: Partial<KnowledgeRequest>): Promise<readonly string[]> {
  const reading = await read(request);
  return reading.ok ? ["read"] : reading.error.map(({ message }) => message.replaceAll(`${folder}/`, ""));
}

async function mustRead(request: Partial<KnowledgeRequest>) {
  const reading = await read(request);
  if (!reading.ok) throw new Error(reading.error[0]?.message);
  return reading.value;
}

test("every list finds its place, and the built-in catalogue is there anyway", async () => {
  const { knowledge, warnings } = await mustRead({
    ranges: [
      await fileForTest("ips-v4.txt.gz", gzipSync("192.0.2.0/24\n")),
      await fileForTest(
        "ServiceTags_Public_20261116.json",
        JSON.stringify({
          changeNumber: 1,
          values: [{ name: "Storage", properties: { region: "", addressPrefixes: ["198.51.100.0/24"] } }],
        }),
      ),
    ],
    threatFeeds: [await fileForTest("bad.txt", "203.0.113.9\n10.0.0.0/8\n")],
    onPremises: [
      await fileForTest("own.yaml", "asOf: 2026-11-01\nranges:\n  - title: Ghent\n    cidrs: [10.7.0.0/16]\n"),
      "Bruges=10.8.0.0/16,10.12.0.1",
    ],
    services: [
      await fileForTest(
        "services.yaml",
        "services:\n  - id: ledger\n    title: The ledger\n    names: ['*.ledger.example']\n    ports: [8443, udp/53]\n",
      ),
    ],
    owners: [await fileForTest("asn.csv", '203.0.113.0,203.0.113.255,64500,"Bad, Inc."\n')],
  });
  const index = indexKnowledge(knowledge);
  expect(knowledge.published.map(({ provider, asOfMs }) => [provider, new Date(asOfMs ?? 0).toISOString()])).toEqual([
    ["ips-v4", "2026-11-20T00:00:00.000Z"],
    ["Azure", "2026-11-16T00:00:00.000Z"],
  ]);
  expect(index.feedHit(ipForTest("203.0.113.9"))?.feed.title).toBe("bad");
  expect(knowledge.onPremises.map(({ title, cidrs }) => [title, ...cidrs.map(formatCidr)])).toEqual([
    ["Ghent", "10.7.0.0/16"],
    ["Bruges", "10.8.0.0/16", "10.12.0.1/32"],
  ]);
  const ledger = index.serviceOfName("x.ledger.example", { protocol: "udp", port: 53 });
  expect([ledger?.title, ...(ledger?.patterns.map(formatNamePattern) ?? [])]).toEqual([
    "The ledger",
    "*.ledger.example",
  ]);
  expect(index.serviceOfName("api.stripe.com")?.id).toBe("stripe");
  expect(index.ownerOf(ipForTest("203.0.113.9"))?.organisation).toBe("Bad, Inc.");
  expect(warnings.map((text) => text.replaceAll(`${folder}/`, ""))).toEqual([
    "1 entry of `bad.txt` is passed over: private or reserved addresses, or too many of them at once",
  ]);
});

test("a list that has not been got again for a month is told with its date", async () => {
  const { warnings } = await mustRead({ ranges: [await fileForTest("old.txt", "192.0.2.0/24\n", "2026-09-01")] });
  expect(warnings.map((text) => text.replaceAll(`${folder}/`, ""))).toEqual([
    "`old.txt` is of 2026-09-01, 83 days ago: what it says may have changed, get it again",
  ]);
});

test("a list of a day that is yet to come is doubted", async () => {
  const path = await fileForTest("early.yaml", "provider: Acme\nasOf: 2027-01-01\ncidrs: [192.0.2.0/24]\n");
  const { warnings } = await mustRead({ ranges: [path] });
  expect(warnings.map((text) => text.replaceAll(`${folder}/`, ""))).toEqual([
    "`early.yaml` is of 2027-01-01, which is yet to come: check its date, or this machine's clock",
  ]);
});

describe("what is wrong is told with its place", () => {
  test.each<[string, keyof KnowledgeRequest, string, string]>([
    [
      "html.txt",
      "ranges",
      "<html>\n",
      "`html.txt`: it is none of the lists that are known (AWS, Google, Azure service tags, Oracle, GitHub meta, Cloudflare, Fastly); write `provider:` and `cidrs:`, or one CIDR block per line",
    ],
    [
      "block.json",
      "ranges",
      '{"provider":"x","cidrs":["192.0.2.0/33"]}',
      "`block.json`, cidrs[0]: `192.0.2.0/33` is not a CIDR block",
    ],
    [
      "cut.json",
      "ranges",
      '{"provider":"x",\n"cidrs":[',
      "cut.json:2: flow sequence in block collection must be sufficiently indented and end with a ]",
    ],
    [
      "own.yaml",
      "onPremises",
      "ranges:\n  - title: Ghent\n    cidrs:\n      - 10.7.0.0/16\n      - nonsense\n",
      "own.yaml:5: `nonsense` is not a CIDR block",
    ],
    [
      "services.yaml",
      "services",
      "services:\n  - id: Ledger\n    title: x\n    names: [x.example]\n",
      "services.yaml:2: `services[0].id` is to be lower-case words with `-`: `Ledger`",
    ],
    [
      "typo.yaml",
      "services",
      "services:\n  - id: ledger\n    title: x\n    name: x.example\n",
      "typo.yaml:2: `services[0].names` is missing",
    ],
    [
      "port.yaml",
      "services",
      "services:\n  - id: ledger\n    title: x\n    names: [x.example]\n    ports: [70000]\n",
      "port.yaml:5: `70000` is no port, write `443` or `udp/123`",
    ],
    [
      "feed.txt",
      "threatFeeds",
      "good day\n",
      "`feed.txt`, line 1: `good day` is no address, CIDR block, name or URL; give a threat feed, one entry per line, or CSV with a header",
    ],
    [
      "asn.csv",
      "owners",
      "hello\n",
      "`asn.csv`, line 1: `hello` is not `start,end,asn,organisation` or `start,end,country`; give `.mmdb` or CSV",
    ],
  ])("%s", async (name, kind, content, message) => {
    const path = await fileForTest(name, content);
    expect((await troubles({ [kind]: [path] }))[0]).toBe(message);
  });

  test.each<[Partial<KnowledgeRequest>, string]>([
    [{ ranges: ["/nowhere/x.json"] }, "there is no file `/nowhere/x.json`, check the path"],
    [
      { onPremises: ["Ghent=10.7.0.0/33"] },
      "`--on-premises`: `10.7.0.0/33` is not a CIDR block; write `name=cidr`, or the path of a file",
    ],
    [
      { ranges: ["http://lists.example/x?key=secret"] },
      "`http://lists.example/x?key=***` is not an `https://` URL: a list that anybody on the way can change is no knowledge",
    ],
  ])("%j", async (request, message) => expect(await troubles(request)).toEqual([message]));
});

describe("URLs", () => {
  let server: Server | undefined;
  afterEach(() => server?.close());

  async function serveForTest(listener: RequestListener): Promise<string> {
    server = createServer(listener);
    await new Promise<void>((resolve) => {
      server?.listen(0, "127.0.0.1", resolve);
    });
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  test("redirects are followed, with the date that the server gives, and without the user", async () => {
    const users: (string | undefined)[] = [];
    const origin = await serveForTest((request, response) => {
      users.push(request.headers.authorization);
      if (request.url === "/lists/?key=secret") response.writeHead(302, { location: `${origin}/ips.txt` }).end();
      else response.writeHead(200, { "last-modified": "Fri, 20 Nov 2026 10:00:00 GMT" }).end("192.0.2.0/24\n");
    });
    const { knowledge } = await mustRead({ ranges: [`${origin.replace("//", "//me:pass@")}/lists/?key=secret`] });
    const [list] = knowledge.published;
    expect(list?.source).toBe(`${origin.replace("//", "//***@")}/lists/?key=***`);
    expect(new Date(list?.asOfMs ?? 0).toISOString()).toBe("2026-11-20T10:00:00.000Z");
    expect(users.map((user) => user !== undefined)).toEqual([true, false]);
  });

  test("a redirect to an open channel, or in circles, is refused", async () => {
    const origin = await serveForTest((request, response) => {
      const location = request.url === "/open" ? "http://lists.example/ips.txt" : "/circle";
      response.writeHead(301, { location }).end();
    });
    expect(await troubles({ ranges: [`${origin}/open`, `${origin}/circle`] })).toEqual([
      "`http://lists.example/ips.txt` is not an `https://` URL: a list that anybody on the way can change is no knowledge",
      `\`${origin}/circle\` is redirected more than 5 times`,
    ]);
  });

  test.each([
    ["https://lists.example/ips.txt", "https://lists.example/", true],
    ["https://lists.example/ips.txt", "http://127.0.0.1:8080/", true],
    ["http://127.0.0.1:8080/ips.txt", "http://localhost:8080/", true],
    ["http://[::1]:8080/ips.txt", "http://[::1]:8080/", true],
    ["http://127.0.0.1:8080/ips.txt", "https://lists.example/", false],
    ["http://localhost.lists.example/", "http://localhost.lists.example/", false],
    ["file:///etc/passwd", "https://lists.example/", false],
  ])("%s may be asked for %s: %s", (address, first, expected) => {
    expect(mayBeAsked(new URL(address), first)).toBe(expected);
  });

  test("what the server answers is told without secrets", async () => {
    const origin = await serveForTest((_, response) => void response.writeHead(404).end("nothing here"));
    const [message] = await troubles({ threatFeeds: [`${origin}/feed?token=abc`] });
    expect(message).toContain("?token=***` cannot be read: ");
    expect(message).not.toContain("abc");
  });
});

test.each([
  ["examples/knowledge/services.yaml", "services"],
  ["examples/knowledge/on-premises.yaml", "onPremises"],
] as const)("the example %s is right", async (path, kind) => {
  const file = fileURLToPath(new URL(`../../../${path}`, import.meta.url));
  expect(await troubles({ [kind]: [file] })).toEqual(["read"]);
});
