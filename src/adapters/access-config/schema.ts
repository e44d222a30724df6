import { z } from "zod";
import { verbs } from "../../app/access/access.ts";

const file = (what: string): z.ZodString => z.string().min(1).describe(`file with ${what}`);
const id = z
  .string()
  .regex(/^[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?$/, "is to be small letters, digits and `-`")
  .describe("name in addresses");
/** Secrets go to these addresses: only a laptop's own may be without TLS. */
const safeUrl = z
  .url()
  .refine((text) => {
    const url = URL.parse(text);
    const isOwn = url !== null && ["127.0.0.1", "localhost", "[::1]"].includes(url.hostname);
    return url?.protocol === "https:" || (url?.protocol === "http:" && isOwn);
  }, "is to begin with `https://`")
  // What is in an address gets into messages.
  .refine((text) => {
    const url = URL.parse(text);
    return url === null || (url.username === "" && url.password === "");
  }, "has a name or password in it; secrets are in files of their own");
const duration = z
  .string()
  .regex(/^[1-9]\d{0,3}(?:m|h|d)$/, "is to be a time as `30m`, `8h` or `1d`")
  .transform((text) => Number(text.slice(0, -1)) * { m: 60_000, h: 3_600_000, d: 86_400_000 }[text.at(-1) as "m"]);
const places = z
  .array(z.string().regex(/^[^/]+\/[^/]+$/, "is to be `cluster/namespace`, with `*` for any"))
  .default([]);

const oidc = z.strictObject({
  id: id.default("oidc"),
  title: z.string().min(1).max(60).default("Single sign-on").describe("words on the button"),
  issuer: safeUrl,
  clientId: z.string().min(1),
  clientSecretFile: file("the client's secret; left out for a public client").optional(),
  clientAuthentication: z.enum(["basic", "post"]).default("basic"),
  scopes: z.array(z.string().min(1)).default(["openid", "profile", "email"]),
  groupsClaim: z.string().default("groups"),
  nameClaim: z.string().default("name"),
  kubernetes: z
    .strictObject({
      userClaim: z.string().default("email"),
      userPrefix: z.string().default(""),
      groupsPrefix: z.string().default(""),
    })
    .optional()
    .describe("as the API server's own settings for this provider are"),
  caFile: file("the authorities to trust instead of the system's").optional(),
  signOutReturn: z.url().optional().describe("registered address to come back to after signing out"),
});

const openshift = z.strictObject({
  title: z.string().min(1).max(60).default("OpenShift"),
  apiServer: safeUrl.default("https://kubernetes.default.svc"),
  clientId: z.string().min(1).default("system:serviceaccount:postern:postern-server"),
  clientSecretFile: file("the service account's token").default("/var/run/secrets/kubernetes.io/serviceaccount/token"),
  caFile: file("the authorities to trust").default("/var/run/secrets/kubernetes.io/serviceaccount/ca.crt"),
});

const cluster = z.strictObject({
  cluster: z.string().min(1).max(253).describe("name under which its flows are recorded"),
  kubeconfig: z.string().optional().describe("left out: the pod's service account, or the usual place"),
  context: z.string().optional(),
  home: z.boolean().default(true).describe("its word holds for settings, laws and the whole audit log"),
  audiences: z.array(z.string()).default([]).describe("what tokens must be meant for; none: its API server"),
});

const grant = z.strictObject({
  subjects: z.array(z.string().min(1)).default([]).describe("as `local:ada` or `oidc:*`"),
  groups: z.array(z.string().min(1)).default([]),
  verb: z.enum(verbs),
  where: z.string().regex(/^(?:\*|[^/]+\/[^/]+)$/, "is to be `cluster/namespace`, or `*` for everything"),
});

const slack = z
  .strictObject({
    team: z.string().min(1).describe("the workspace, `T0123…`"),
    signingSecretFile: file("the app's signing secret"),
    botTokenFile: file("the bot's token, `xoxb-…`").optional(),
    channel: z.string().optional().describe("`C0123…`"),
    incomingWebhookFile: file("the address of an incoming webhook").optional(),
    namespaces: places,
    people: z
      .array(
        z.strictObject({
          slackUser: z.string().min(1).describe("`U0123…`"),
          subject: z.string().min(1).describe("who it is here, as the audit log names them"),
          name: z.string().min(1),
          groups: z.array(z.string()).default([]),
          kubernetesUser: z.string().optional(),
        }),
      )
      .default([]),
    api: safeUrl.default("https://slack.com"),
  })
  .superRefine((own, context) => {
    if ((own.botTokenFile === undefined) === (own.incomingWebhookFile === undefined)) {
      context.addIssue({ code: "custom", message: "needs `botTokenFile` or `incomingWebhookFile`, and not both" });
    }
    if (own.botTokenFile !== undefined && own.channel === undefined) {
      context.addIssue({ code: "custom", message: "needs `channel` beside `botTokenFile`" });
    }
  });

const webhook = z.strictObject({
  name: id,
  url: safeUrl,
  secretFile: file("the secret that it is signed with"),
  kinds: z.array(z.string().min(1)).min(1).default(["proposal.*", "alert"]).describe("of audit records, with `*`"),
  namespaces: places,
});

/** The file of `postern serve --access`. */
export const accessConfig = z
  .strictObject({
    local: z.boolean().default(true).describe("users of the server's own, with passwords"),
    sessionIdle: duration.default(8 * 3_600_000).describe("a session ends after this long without a request"),
    sessionLongest: duration.default(24 * 3_600_000).describe("and after this long in any case"),
    trustedProxies: z
      .array(z.union([z.ipv4(), z.ipv6(), z.cidrv4(), z.cidrv6()], "is to be an address or a block"))
      .max(100)
      .default([])
      .describe("proxies whose `X-Forwarded-*` headers are believed"),
    oidc: z.array(oidc).max(10).default([]),
    openshift: openshift.optional(),
    kubernetes: z.array(cluster).max(100).default([]).describe("clusters that say who may do what"),
    grants: z.array(grant).max(1_000).default([]).describe("what the server itself lets people do"),
    slack: slack.optional(),
    webhooks: z.array(webhook).max(50).default([]),
  })
  .superRefine(({ oidc: providers, kubernetes, webhooks }, context) => {
    const twice = (names: readonly string[], path: string): void => {
      for (const [i, name] of names.entries()) {
        if (names.indexOf(name) === i) continue;
        context.addIssue({ code: "custom", path: [path, i], message: `has the name \`${name}\` of another` });
      }
    };
    twice(
      providers.map((each) => each.id),
      "oidc",
    );
    twice(
      kubernetes.map((each) => each.cluster),
      "kubernetes",
    );
    twice(
      webhooks.map((each) => each.name),
      "webhooks",
    );
    if (kubernetes.filter(({ home }) => home).length > 1) {
      context.addIssue({
        code: "custom",
        path: ["kubernetes"],
        message: "has more than one `home`; say `home: false`",
      });
    }
    const taken = providers.findIndex((each) => each.id === "openshift");
    if (taken !== -1) context.addIssue({ code: "custom", path: ["oidc", taken, "id"], message: "is OpenShift's" });
  });
