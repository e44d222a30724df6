/** The real `kubectl` judges the double: what it lists, watches and discovers there is what it would of a cluster. */
import { type ChildProcess, execFile, spawn, spawnSync } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { issueCertificate } from "../../certificate.ts";
import { ApiDouble } from "./api-double.ts";
import { namespaceObject, nodeObject, podObject } from "./cluster-objects.ts";
import { until } from "./watched-double.ts";

function lacksKubectl(): boolean {
  if (spawnSync("kubectl", ["version", "--client"], { stdio: "ignore" }).status === 0) return false;
  const missing = "kubectl is not installed, on Debian: apt-get install kubernetes-client";
  if ((process.env.CI ?? "") !== "") throw new Error(missing);
  process.stderr.write(`skipped: ${missing}\n`);
  return true;
}

describe.skipIf(lacksKubectl())("kubectl", () => {
  const double = new ApiDouble();
  let folder = "";
  const started: ChildProcess[] = [];

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "postern-kubectl-"));
    await double.start();
    double.tokens.set("reader", ({ resource }) => resource !== "secrets");
    const admin = issueCertificate({ commonName: "admin", organization: "system:masters" }, double.authority);
    const base64 = (text: string): string => Buffer.from(text).toString("base64");
    const user = { "client-certificate-data": base64(admin.cert), "client-key-data": base64(admin.key) };
    const kubeconfig = {
      apiVersion: "v1",
      kind: "Config",
      "current-context": "admin",
      clusters: [
        {
          name: "double",
          cluster: { server: double.url, "certificate-authority-data": base64(double.authority.cert) },
        },
      ],
      users: [
        { name: "admin", user },
        { name: "reader", user: { token: "reader" } },
        { name: "stranger", user: { token: "stranger" } },
      ],
      contexts: ["admin", "reader", "stranger"].map((name) => ({ name, context: { cluster: "double", user: name } })),
    };
    await writeFile(join(folder, "config"), JSON.stringify(kubeconfig));
    for (let i = 0; i < 7; i += 1) double.put(podObject(`web-${i}`, { ips: [`10.128.4.${i}`] }));
    double.put(podObject("dns", { namespace: "openshift-dns", ips: ["10.128.4.99"] }));
    for (const name of ["shop", "openshift-dns"]) double.put(namespaceObject(name));
    double.put(nodeObject("n1", "192.0.2.1"));
  });

  afterAll(async () => {
    for (const child of started) child.kill("SIGKILL");
    await double.stop();
    await rm(folder, { recursive: true });
  });

  const kubectl = async (...words: readonly string[]): Promise<string> => {
    const options = ["--kubeconfig", join(folder, "config"), "--cache-dir", join(folder, "cache")];
    const run = promisify(execFile)("kubectl", [...options, ...words], { env: { ...process.env, HOME: folder } });
    return run.then(
      ({ stdout }) => stdout,
      (error: unknown) => `error: ${(error as { stderr: string }).stderr}`,
    );
  };
  const rows = (text: string): readonly (readonly string[])[] =>
    text
      .trim()
      .split("\n")
      .map((line) => line.split(/\s{2,}/).map((cell) => cell.trim()));

  test.each([
    ["pages", ["--chunk-size=3"]],
    ["one piece", ["--chunk-size=0"]],
  ])("get pods -A in %s", async (_, options) => {
    const [head, ...pods] = rows(await kubectl("get", "pods", "-A", ...options));
    expect(head).toEqual(["NAMESPACE", "NAME", "STATUS", "AGE"]);
    expect(pods.map(([namespace, name, status]) => `${namespace}/${name} ${status}`)).toEqual([
      "openshift-dns/dns Running",
      ...Array.from({ length: 7 }, (_, i) => `shop/web-${i} Running`),
    ]);
  });

  test("get as JSON, by name, by kind of a group and by short name", async () => {
    const list = JSON.parse(await kubectl("get", "pods", "-n", "shop", "-o", "json")) as { items: { kind: string }[] };
    expect(list.items.map(({ kind }) => kind)).toEqual(Array(7).fill("Pod"));
    expect(JSON.parse(await kubectl("get", "pod", "web-3", "-n", "shop", "-o", "json"))).toMatchObject({
      kind: "Pod",
      status: { podIP: "10.128.4.3" },
    });
    expect(await kubectl("get", "pod", "none", "-n", "shop")).toContain('pods "none" not found');
    expect(await kubectl("get", "no", "-o", "name")).toBe("node/n1\n");
    expect(await kubectl("get", "networks.config.openshift.io", "-o", "name")).toBe("");
  });

  test("get with a field selector", async () => {
    expect(await kubectl("get", "ns", "--field-selector", "metadata.name=shop", "-o", "name")).toBe("namespace/shop\n");
  });

  test("api-resources and api-versions", async () => {
    const names = (await kubectl("api-resources", "-o", "name")).trim().split("\n");
    expect(names).toEqual(
      expect.arrayContaining(["pods", "egressfirewalls.k8s.ovn.org", "networks.config.openshift.io"]),
    );
    expect(names.length).toBe(double.kinds.length);
    expect((await kubectl("api-versions")).trim().split("\n")).toContain("policy.networking.k8s.io/v1alpha1");
  });

  test("get -w sees what comes, changes and goes", async () => {
    const child = spawn(
      "kubectl",
      ["--kubeconfig", join(folder, "config"), "get", "ns", "-w", "--output-watch-events", "-o", "json"],
      { env: { ...process.env, HOME: folder }, stdio: ["ignore", "pipe", "ignore"] },
    );
    started.push(child);
    let output = "";
    child.stdout.setEncoding("utf8").on("data", (chunk: string) => (output += chunk));
    await until(() => double.watchCount > 0);
    double.put(namespaceObject("new"));
    double.put({ ...namespaceObject("new"), status: { phase: "Terminating" } });
    double.delete(namespaceObject("new"));
    await until(() => output.includes("DELETED"));
    child.kill();
    const seen = [...output.matchAll(/"type":\s*"(\w+)"/g)].map(([, type]) => type);
    expect(seen).toEqual(["ADDED", "ADDED", "ADDED", "MODIFIED", "DELETED"]);
  });

  test("who may not see is told, and who is nobody is told as well", async () => {
    expect(await kubectl("--context", "reader", "get", "secrets", "-A")).toContain("Forbidden");
    expect(await kubectl("--context", "reader", "get", "pods", "-A", "-o", "name")).toContain("pod/dns");
    expect(await kubectl("--context", "stranger", "get", "pods", "-A")).toMatch(/Unauthorized|must be logged in/);
  });
});
