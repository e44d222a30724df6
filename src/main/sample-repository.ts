import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { openGitRepository } from "../adapters/git/git-repository.ts";
import { plainHost } from "../adapters/plain-git/plain-host.ts";
import type { Failure } from "../app/failure.ts";
import type { OpenRepository } from "../app/gitops/repositories.ts";
import { ok, type Result } from "../core/result.ts";
import { sampleCluster } from "./sample-cluster.ts";

const author = { name: "Postern", email: "postern@shop.example" };
const timeoutMs = 60_000;

/** The repository of the sample, in which Postern merges what was approved: nobody else looks after it. */
export function openSampleRepository(
  remote: string,
  folder: string,
  nowMs: () => number,
): Result<OpenRepository, Failure> {
  const { href: url } = pathToFileURL(remote);
  const git = openGitRepository({
    url,
    base: "main",
    folder: join(folder, "sample", "mirror"),
    author,
    access: { kind: "none" },
    caFile: undefined,
    signing: undefined,
    timeoutMs,
  });
  if (!git.ok) return git;
  return ok({
    settings: {
      name: "sample",
      kind: "plain",
      url,
      base: "main",
      holds: [{ cluster: sampleCluster, namespace: "*" }],
      layout: { kind: "folders" },
      path: "clusters/{cluster}/{namespace}/{kind}.yaml",
      search: undefined,
      labels: [],
      reviewers: [],
      merge: "always",
      pollMs: 2_000,
      codeOwners: false,
    },
    git: git.value,
    host: plainHost(git.value, "main", nowMs),
    authorEmail: author.email,
    webhookSecret: undefined,
  });
}
