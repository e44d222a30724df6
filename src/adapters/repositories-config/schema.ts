import { z } from "zod";
import { templateTrouble } from "../../app/gitops/path-template.ts";

const label = z
  .string()
  .regex(
    /^[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?$/,
    "is not a label: lower-case letters, digits and `-`, at most 63 characters",
  );

const file = z
  .string()
  .min(1)
  .max(4_096)
  .regex(/^[^\p{Cc}"]+$/u, "is to be a path without quotation marks and control characters");

function template(allowed?: readonly string[]): z.ZodString {
  return z
    .string()
    .min(1)
    .max(400)
    .superRefine((text, context) => {
      const trouble = templateTrouble(text, allowed);
      if (trouble !== undefined) context.addIssue({ code: "custom", message: trouble });
    });
}

const folder = template(["cluster", "namespace"]);
const pattern = z.string().min(1).max(253);
const seconds = z.int().min(5).max(86_400);

const layout = z
  .discriminatedUnion("kind", [
    z.strictObject({ kind: z.literal("folders") }),
    z.strictObject({ kind: z.literal("kustomize") }),
    z.strictObject({
      kind: z.literal("argo-cd"),
      applications: folder.describe("folder of the Applications and ApplicationSets in this repository"),
      servers: z
        .record(z.string(), z.url())
        .default({})
        .describe("address of the API server by cluster, where Applications name it instead of the cluster"),
    }),
    z.strictObject({ kind: z.literal("fleet") }),
    z.strictObject({
      kind: z.literal("policy-generator"),
      generator: folder.describe("file of the PolicyGenerator: `policies/{cluster}/policy-generator.yaml`"),
      policy: template().default("egress-{namespace}").describe("name of the policy that lists the file"),
    }),
  ])
  .default({ kind: "folders" });

const signing = z.union([
  z.strictObject({ sshKeyFile: file.describe("private key without a passphrase") }),
  z.strictObject({ gnupgHome: file, key: z.string().min(1).max(200) }),
]);

/** Credentials of the host and of Git, by the names of files. */
const access = z.strictObject({
  tokenFile: file.optional().describe("access token, for the API and for Git over https"),
  user: z
    .string()
    .min(1)
    .max(200)
    .optional()
    .describe("user that goes with the token over https, where the host wants a certain one"),
  app: z
    .strictObject({
      id: z.union([z.string(), z.int()]).transform(String),
      installation: z.union([z.string(), z.int()]).transform(String),
      privateKeyFile: file,
    })
    .optional()
    .describe("a GitHub App, in place of a token"),
  sshKeyFile: file.optional().describe("private key for Git over ssh, without a passphrase"),
  knownHostsFile: file.optional().describe("host keys that are known; others are refused"),
});

export const repository = z.strictObject({
  name: label.describe("unique; part of the address of its webhook"),
  kind: z.enum(["github", "gitlab", "gitea", "plain"]).describe("host; Forgejo is `gitea`, Git alone is `plain`"),
  url: z.string().min(1).max(2_048).describe("for Git: `https://…`, `ssh://…`, `git@host:path` or `file:///…`"),
  api: z
    .url()
    .optional()
    .describe(
      "of an own instance: `https://github.example.com/api/v3`, `https://gitlab.example.com`, `https://git.example.com/api/v1`",
    ),
  project: z.string().min(1).max(500).optional().describe("`owner/name`; what the address says when left out"),
  base: z.string().min(1).max(200).default("main").describe("branch that is deployed"),
  holds: z
    .array(z.strictObject({ cluster: pattern.default("*"), namespace: pattern.default("*") }))
    .min(1)
    .max(1_000)
    .default([{ cluster: "*", namespace: "*" }])
    .describe("which namespaces; `*` stands for any characters, the first repository that fits counts"),
  layout,
  path: template().default("clusters/{cluster}/{namespace}/{kind}.yaml").describe("of a new file"),
  search: folder.optional().describe("folder in which an object that is there already is looked for"),
  labels: z.array(z.string().min(1).max(50)).max(20).default(["egress-policy"]),
  reviewers: z.array(z.string().min(1).max(200)).max(15).default([]),
  codeOwners: z.boolean().default(true).describe("ask the owners that CODEOWNERS names"),
  merge: z.enum(["people", "automation", "always"]).default("people").describe("who may merge"),
  pollSeconds: seconds.default(60).describe("how often open pull requests are looked at; webhooks are faster"),
  author: z
    .strictObject({ name: z.string().min(1).max(200), email: z.email() })
    .default({ name: "Postern", email: "postern@localhost.localdomain" })
    .describe("of the commits; nobody else may commit with this address"),
  access: access.default({}),
  caFile: file.optional().describe("PEM file with the authorities to trust instead of the system's"),
  signing: signing.optional(),
  webhookSecretFile: file.optional().describe("secret that the host signs with; without it no webhook is taken"),
});

export const repositoriesFile = z.strictObject({ repositories: z.array(repository).max(200) });

export type ConfiguredRepository = z.infer<typeof repository>;
