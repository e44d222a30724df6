import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { AccessError } from "./access-error.ts";
import type { ClusterAccess } from "./cluster-access.ts";
import { findAccess } from "./find-access.ts";
import type { AccessOptions } from "./kubeconfig.ts";

let home = "";
beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), "postern-kubeconfig-"));
  await writeFile(join(home, "blank"), " \n");
});
afterAll(() => rm(home, { recursive: true }));

const usual = {
  clusters: [{ name: "east", cluster: { server: "https://192.0.2.1:6443" } }],
  users: [{ name: "me", user: { token: "secret" } }],
  contexts: [{ name: "work", context: { cluster: "east", user: "me" } }],
  "current-context": "work",
};
const withCluster = (cluster: object): object => ({ ...usual, clusters: [{ name: "east", cluster }] });
const withUser = (user: object): object => ({ ...usual, users: [{ name: "me", user }] });

async function open(file: object | string, options: AccessOptions = {}): Promise<ClusterAccess> {
  const path = join(home, "config");
  await writeFile(path, typeof file === "string" ? file : JSON.stringify(file));
  return findAccess({ kubeconfig: path, ...options }, { home, variables: { PATH: process.env.PATH } });
}

async function refusal(file: object | string, options: AccessOptions = {}): Promise<string> {
  try {
    const access = await open(file, options);
    await access.credentials(false);
  } catch (error) {
    if (error instanceof AccessError) return `[${error.code}] ${error.message.replaceAll(home, "…")}`;
    throw error;
  }
  return "taken";
}

describe("what a kubeconfig says", () => {
  test("server and token of the current context", async () => {
    const access = await open(usual);
    expect([access.server.href, await access.credentials(false)]).toEqual([
      "https://192.0.2.1:6443/",
      { token: "secret" },
    ]);
  });

  test("certificates as data and as files beside it, names, proxies and whom to act as", async () => {
    await mkdir(join(home, "pki"), { recursive: true });
    await writeFile(join(home, "pki", "ca.pem"), "the authority");
    await writeFile(join(home, "pki", "me.key"), "the key");
    const access = await open({
      ...usual,
      clusters: [
        {
          name: "east",
          cluster: {
            server: "https://api.example/k8s/clusters/c-1",
            "certificate-authority": "pki/ca.pem",
            "tls-server-name": "kubernetes",
            "proxy-url": "http://proxy.example:3128",
          },
        },
      ],
      users: [
        {
          name: "me",
          user: {
            "client-certificate-data": Buffer.from("the certificate").toString("base64"),
            "client-key": "pki/me.key",
            as: "system:serviceaccount:postern:postern-observer",
            "as-groups": ["one", "two"],
          },
        },
      ],
    });
    const { cert, key } = await access.credentials(false);
    expect([access.ca, cert, key].map(String)).toEqual(["the authority", "the certificate", "the key"]);
    expect([access.serverName, access.proxy?.href, access.server.pathname]).toEqual([
      "kubernetes",
      "http://proxy.example:3128/",
      "/k8s/clusters/c-1",
    ]);
    expect(access.headers).toEqual({
      "impersonate-user": "system:serviceaccount:postern:postern-observer",
      "impersonate-group": ["one", "two"],
    });
  });

  test("files of tokens, certificates, keys and authorities are read each time", async () => {
    const names = ["token", "me.crt", "me.key", "ca.crt"];
    const write = async (what: string): Promise<unknown> =>
      Promise.all(names.map((name) => writeFile(join(home, name), `${what}-${name}\n`)));
    await write("first");
    const user = { tokenFile: "token", "client-certificate": "me.crt", "client-key": "me.key" };
    const cluster = { server: "https://192.0.2.1:6443", "certificate-authority": "ca.crt" };
    const access = await open({ ...withUser(user), clusters: [{ name: "east", cluster }] });
    const told = async (): Promise<string> => {
      const { token, cert, key, ca } = await access.credentials(false);
      return [token, cert, key, ca].map((one) => String(one).trim()).join(" ");
    };
    const before = await told();
    await write("second");
    expect([before, await told()]).toEqual(
      ["first", "second"].map((what) => names.map((name) => `${what}-${name}`).join(" ")),
    );
  });

  test.each<[string, Readonly<Record<string, string>>, object, string | undefined]>([
    ["the environment's", { HTTPS_PROXY: "http://proxy:3128" }, {}, "http://proxy:3128/"],
    ["the kubeconfig's first", { HTTPS_PROXY: "http://proxy:3128" }, { "proxy-url": "http://own:1" }, "http://own:1/"],
    [
      "none where the environment excludes the server",
      { HTTPS_PROXY: "http://proxy", NO_PROXY: "192.0.2.0/24" },
      {},
      undefined,
    ],
    ["none of plain HTTP", { HTTP_PROXY: "http://proxy" }, {}, undefined],
  ])("the proxy on the way is %s", async (_, variables, more, proxy) => {
    const path = join(home, "config");
    await writeFile(path, JSON.stringify(withCluster({ server: "https://192.0.2.1:6443", ...more })));
    const access = await findAccess({ kubeconfig: path }, { home, variables });
    expect(access.proxy?.href).toBe(proxy);
  });

  test("inside a cluster the service network is not behind the cluster-wide proxy", async () => {
    await writeFile(join(home, "token"), "of-the-pod");
    await writeFile(join(home, "ca.crt"), "the authority");
    const variables = {
      KUBERNETES_SERVICE_HOST: "172.30.0.1",
      HTTPS_PROXY: "http://proxy:3128",
      NO_PROXY: ".cluster.local,.svc,10.128.0.0/14,172.30.0.0/16",
    };
    const open = async (more: object): Promise<string | undefined> =>
      (await findAccess({}, { home, serviceAccount: home, variables: { ...variables, ...more } })).proxy?.href;
    expect([await open({}), await open({ NO_PROXY: "" })]).toEqual([undefined, "http://proxy:3128/"]);
    await expect(open({ NO_PROXY: "", HTTPS_PROXY: "socks5://me:secret@proxy" })).rejects.toThrow(
      /^`HTTPS_PROXY` in the environment is no URL of an http or https proxy/,
    );
  });

  test("several files are one, and the first that names something decides", async () => {
    const [a, b] = [join(home, "a"), join(home, "b")];
    await writeFile(
      a,
      JSON.stringify({ "current-context": "work", users: [{ name: "me", user: { token: "first" } }] }),
    );
    await writeFile(b, JSON.stringify({ ...usual, "current-context": "other" }));
    const access = await findAccess({}, { home, variables: { KUBECONFIG: `${a}:${b}` } });
    expect([access.server.host, await access.credentials(false)]).toEqual(["192.0.2.1:6443", { token: "first" }]);
  });

  test("a file of several that is not there is passed over, and what no context of ours uses may be old or broken", async () => {
    const c = join(home, "c");
    const old = { exec: { apiVersion: "client.authentication.k8s.io/v1alpha1", command: "x" } };
    await writeFile(
      c,
      JSON.stringify({
        ...usual,
        users: [
          { name: "old", user: old },
          { name: "me", user: { token: "mine", "client-certificate": "" } },
        ],
        clusters: [...usual.clusters, { name: "broken", cluster: { server: 5 } }],
      }),
    );
    const access = await findAccess({}, { home, variables: { KUBECONFIG: `${join(home, "none")}:${c}` } });
    expect(await access.credentials(false)).toEqual({ token: "mine" });
  });

  test("a token that was refused is looked for again in the file, for the same server only", async () => {
    const access = await open(usual);
    const path = join(home, "config");
    const later = withUser({ token: "renewed" });
    await writeFile(path, JSON.stringify({ ...later, "current-context": "elsewhere" }));
    const before = await access.credentials(false);
    const renewed = await access.credentials(true);
    const other = [{ name: "east", cluster: { server: "https://192.0.2.66:6443" } }];
    await writeFile(path, JSON.stringify({ ...withUser({ token: "of another" }), clusters: other }));
    expect([before, renewed, await access.credentials(true)].map(({ token }) => token)).toEqual([
      "secret",
      "renewed",
      "renewed",
    ]);
  });

  test("an IPv6 service address inside a cluster", async () => {
    await writeFile(join(home, "token"), "of-the-pod");
    await writeFile(join(home, "ca.crt"), "the authority");
    const variables = { KUBERNETES_SERVICE_HOST: "fd02::1", KUBERNETES_SERVICE_PORT: "443" };
    const access = await findAccess({}, { home, serviceAccount: home, variables });
    expect([access.server.href, await access.credentials(false)]).toEqual([
      "https://[fd02::1]/",
      { token: "of-the-pod", ca: Buffer.from("the authority") },
    ]);
  });
});

describe("credential plug-ins", () => {
  const plugin = (script: string, more: object = {}): object =>
    withUser({
      exec: { apiVersion: "client.authentication.k8s.io/v1", command: process.execPath, args: ["-e", script], ...more },
    });
  const says = (status: string): string =>
    `process.stdout.write(JSON.stringify({ kind: "ExecCredential", status: ${status} }))`;

  test("are started without a shell, with their own environment, and asked again when refused", async () => {
    const token =
      "{ token: [process.env.WHO, process.argv[1], process.hrtime.bigint()].join(' ').replaceAll(' ', '-') }";
    const file = plugin(says(token), { env: [{ name: "WHO", value: "$(id)" }] }) as {
      users: { user: { exec: { args: string[] } } }[];
    };
    file.users[0]!.user.exec.args.push("; echo $HOME");
    const access = await open(file);
    const first = await access.credentials(false);
    const again = await access.credentials(false);
    const renewed = await access.credentials(true);
    expect(first.token).toMatch(/^\$\(id\)-;-echo-\$HOME-\d+$/);
    expect([again.token === first.token, renewed.token === first.token]).toEqual([true, false]);
  });

  test("answers that expire are asked for again", async () => {
    const soon = says("{ token: String(process.hrtime.bigint()), expirationTimestamp: new Date().toISOString() }");
    const access = await open(plugin(soon));
    const [first, second] = [await access.credentials(false), await access.credentials(false)];
    expect(first.token).not.toBe(second.token);
  });

  test("learn of the cluster where they want to", async () => {
    const asked = says("{ token: Buffer.from(process.env.KUBERNETES_EXEC_INFO).toString('base64url') }");
    const { token } = await (await open(plugin(asked, { provideClusterInfo: true }))).credentials(false);
    expect(JSON.parse(Buffer.from(token!, "base64url").toString())).toEqual({
      kind: "ExecCredential",
      apiVersion: "client.authentication.k8s.io/v1",
      spec: { interactive: false, cluster: { server: "https://192.0.2.1:6443/" } },
    });
  });

  test.each([
    ["that fail", "process.exit(3)", "failed with exit code 3"],
    ["that say something else", "console.log('hello secret')", "did not answer with an `ExecCredential`"],
    ["that say nothing of use", says("{}"), "gave neither a token nor a certificate"],
    [
      "that never stop talking, and do not listen",
      "process.on('SIGTERM', () => {}); setInterval(() => console.log('x'.repeat(1e6)), 0)",
      "was stopped: it says more than any credentials need",
    ],
    [
      "that leave somebody behind who never stops talking",
      "require('child_process').spawn(process.execPath, ['-e', `setInterval(() => console.log('x'.repeat(1e6)), 0)`], { stdio: 'inherit' })",
      "was stopped",
    ],
  ])("%s", async (_, script, why) => {
    const said = await refusal(plugin(script));
    expect(said).toContain(why);
    expect(said).not.toContain("secret");
  });

  test.each([
    ["are not there", { command: "no-such-plug-in", installHint: "get it" }, "cannot be started"],
    ["want to ask a person", { interactiveMode: "Always" }, "wants to ask a person"],
    ["speak an old version", { apiVersion: "client.authentication.k8s.io/v1alpha1" }, "is no kubeconfig"],
  ])("that %s", async (_, more, why) => expect(await refusal(plugin("", more))).toContain(why));
});

describe("what is refused", () => {
  test.each<[string, object | string, AccessOptions, string]>([
    ["no YAML", "{", {}, "[cluster_access] `…/config` is not YAML"],
    ["an alias of nothing", "users: *me", {}, "`…/config` has aliases (`*name`) that cannot be followed"],
    ["another document", "- 1", {}, "[cluster_access] `…/config` is no kubeconfig"],
    ["no context", { ...usual, "current-context": "" }, {}, "has no current context"],
    ["an unknown context", usual, { context: "play" }, "there is no context `play`"],
    ["an unknown cluster", { ...usual, clusters: [] }, {}, "there is no cluster `east`"],
    ["an unknown user", { ...usual, users: null }, {}, "there is no user `me`"],
    ["no server", withCluster({ server: "nowhere" }), {}, "`server` in the kubeconfig is no URL"],
    [
      "nobody's certificate",
      withCluster({ server: "https://192.0.2.1", "insecure-skip-tls-verify": true }),
      {},
      "[cluster_insecure] the kubeconfig reaches `192.0.2.1` without checking who answers",
    ],
    ["plain text to elsewhere", withCluster({ server: "http://192.0.2.1" }), {}, "[cluster_insecure]"],
    ["plain text to a name like loopback", withCluster({ server: "http://127.example.com" }), {}, "[cluster_insecure]"],
    [
      "an authority that is not there",
      withCluster({ server: "https://x", "certificate-authority": "none" }),
      {},
      "`…/none` does not exist",
    ],
    [
      "a proxy of another sort",
      withCluster({ server: "https://x", "proxy-url": "socks5://me:pw@x" }),
      {},
      "neither http nor https",
    ],
    ["a token file without a token", withUser({ tokenFile: "blank" }), {}, "the token file `…/blank` has no token"],
    ["a dropped way to log in", withUser({ "auth-provider": { name: "gcp" } }), {}, "`auth-provider`"],
    ["a password", withUser({ username: "me", password: "pw" }), {}, "uses a password"],
  ])("%s", async (_, file, options, why) => expect(await refusal(file, options)).toContain(why));

  test.each<[string, object, AccessOptions]>([
    [
      "asked for by a person",
      withCluster({ server: "https://x", "insecure-skip-tls-verify": true }),
      { allowInsecure: true },
    ],
    ["plain text to loopback, as `kubectl proxy` serves", withCluster({ server: "http://127.0.0.1:8001" }), {}],
  ])("but not %s", async (_, file, options) => expect(await refusal(file, options)).toBe("taken"));

  test("no file at all", async () => {
    await expect(findAccess({}, { home: join(home, "none"), variables: {} })).rejects.toThrow("does not exist");
  });
});
