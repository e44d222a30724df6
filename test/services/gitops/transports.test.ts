import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { giteaHost } from "../../../src/adapters/gitea/gitea-host.ts";
import { hostFetch } from "../../../src/app/gitops/host-fetch.ts";
import { openRepositories } from "../../../src/main/open-repositories.ts";
import { issueCertificate } from "../../certificate.ts";
import { type BareRemote, bareRemote } from "./bare-remote.ts";
import { branch, deliveryWorld, manifest } from "./delivery-world.ts";
import { startGitea } from "./gitea-double.ts";
import { HostModel } from "./host-double.ts";
import { backendProgram, startHttpBackend } from "./http-backend.ts";
import { sshdProgram, startSshd } from "./private-sshd.ts";

const never = new AbortController().signal;
const inCi = process.env.CI === "true";
const path = "clusters/east/shop/egress-firewall.yaml";
const endings: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of endings.splice(0).toReversed()) await end();
});

function newRemote(): BareRemote {
  const remote = bareRemote();
  endings.push(() => remote.remove());
  return remote;
}

test.skipIf(!inCi && !existsSync(backendProgram))(
  "an own authority is trusted by Git and by the API where it is named, and told where it is not",
  async () => {
    const remote = newRemote();
    const authority = issueCertificate({ commonName: "Own authority", isAuthority: true });
    const tls = issueCertificate({ commonName: "git.example.com", hosts: ["127.0.0.1"] }, authority);
    const caFile = join(remote.folder, "authority.pem");
    const tokenFile = join(remote.folder, "token");
    writeFileSync(caFile, authority.cert);
    writeFileSync(tokenFile, "s3cr3t\n");
    const model = new HostModel(remote);
    model.tls = tls;
    const [backend, double] = [await startHttpBackend(remote.folder, "oauth2", "s3cr3t", tls), await startGitea(model)];
    endings.push(
      () => backend.stop(),
      () => double.stop(),
    );
    const [url, api] = [`${backend.url}/remote.git`, `${double.url}/api/v1`];
    const token = (): Promise<string> => Promise.resolve("s3cr3t");
    const fetchHost = hostFetch({ caFile, origin: double.url });
    const server = await deliveryWorld(remote, {
      git: { url, caFile, access: { kind: "token", user: "oauth2", token } },
      host: () => giteaHost({ owner: "platform", repo: "policies", api, token }, fetchHost),
    });
    endings.push(() => server.close());
    await server.approved();
    expect(await server.run()).toEqual(["deliver-proposal: done"]);
    expect(model.requests).toHaveLength(1);
    expect(remote.read(branch, path)).toBe(manifest);
    const file = join(remote.folder, "repositories.yaml");
    const repository = { name: "own", kind: "gitea", url, api, project: "platform/policies", access: { tokenFile } };
    for (const trusted of [caFile, undefined]) {
      writeFileSync(file, JSON.stringify({ repositories: [{ ...repository, caFile: trusted }] }));
      const opened = await openRepositories(file, join(remote.folder, `data-${trusted === undefined}`), Date.now);
      if (!opened.ok) throw new Error(JSON.stringify(opened.error));
      const [own] = opened.value.all;
      const answers = [await own!.git.fetch(never), await own!.host.findPullRequest(branch, "main", never)];
      expect(answers.map((answer) => (answer.ok ? "ok" : answer.error.code))).toEqual(
        trusted === undefined ? ["git_untrusted", "host_untrusted"] : ["ok", "ok"],
      );
    }
  },
);

test.skipIf(!inCi && !existsSync(sshdProgram))("a proposal is delivered and merged over ssh", async () => {
  const remote = newRemote();
  const sshd = await startSshd(remote.folder);
  endings.push(() => sshd.stop());
  const { keyFile, knownHostsFile } = sshd;
  const server = await deliveryWorld(remote, {
    settings: { merge: "always" },
    git: {
      url: `ssh://${sshd.user}@127.0.0.1:${sshd.port}${remote.bare}`,
      access: { kind: "ssh", keyFile, knownHostsFile },
    },
  });
  endings.push(() => server.close());
  await server.approved();
  await server.run();
  expect(await server.proposal()).toMatchObject({ state: "merged" });
  expect(remote.read("main", path)).toBe(manifest);
});
