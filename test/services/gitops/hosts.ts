import { generateKeyPairSync } from "node:crypto";
import { giteaHost } from "../../../src/adapters/gitea/gitea-host.ts";
import { githubHost } from "../../../src/adapters/github/github-host.ts";
import { gitlabHost } from "../../../src/adapters/gitlab/gitlab-host.ts";
import type { CodeHost } from "../../../src/app/gitops/code-host.ts";
import { hostFetch } from "../../../src/app/gitops/host-fetch.ts";
import { startGitea } from "./gitea-double.ts";
import { startGithub } from "./github-double.ts";
import { startGitlab } from "./gitlab-double.ts";
import type { HostDouble, HostModel } from "./host-double.ts";

const fetchHost = hostFetch({ caFile: undefined, timeoutMs: 20_000, patienceMs: 5_000 });

/** How each host is started and talked to. */
export const hosts: readonly (readonly [
  string,
  (model: HostModel) => Promise<HostDouble>,
  (url: string, token: string) => CodeHost,
])[] = [
  [
    "GitHub with a token",
    startGithub,
    (url, token) => {
      const auth = { kind: "token", token: () => Promise.resolve(token) } as const;
      return githubHost({ owner: "platform", repo: "policies", api: `${url}/api/v3`, auth }, fetchHost).host;
    },
  ],
  [
    "GitHub with an App",
    startGithub,
    (url, token) => {
      const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
      const pem = privateKey.export({ type: "pkcs8", format: "pem" }).toString();
      // A token that is not the host's own means an App that it does not know.
      const installationId = token === "s3cr3t" ? "7" : "8";
      const auth = { kind: "app", appId: "42", installationId, privateKey: pem } as const;
      return githubHost({ owner: "platform", repo: "policies", api: `${url}/api/v3`, auth }, fetchHost).host;
    },
  ],
  [
    "GitLab",
    startGitlab,
    (url, token) =>
      gitlabHost({ project: "platform/policies", host: url, token: () => Promise.resolve(token) }, fetchHost),
  ],
  [
    "Gitea",
    startGitea,
    (url, token) =>
      giteaHost(
        { owner: "platform", repo: "policies", api: `${url}/api/v1`, token: () => Promise.resolve(token) },
        fetchHost,
      ),
  ],
];
