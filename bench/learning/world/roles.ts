import type { Port } from "../../../src/pipeline/baseline/port.ts";
import type { Random } from "../../corpus/random.ts";
import type { ServiceSpec } from "./services.ts";

/** What a role is filled from: some services everybody shares, some are the choice of one namespace. */
export interface Cast {
  readonly namespace: string;
  /** What the namespace is a stage of. */
  readonly product: string;
  /** The namespace's own choices. */
  readonly random: Random;
  /** Where the cluster lives. */
  readonly region: string;
  readonly azureRegion: string;
  readonly googleRegion: string;
}

const tcp = (...ports: readonly number[]): readonly Port[] => ports.map((port) => ({ protocol: "tcp", port }));

/** Vendors whose service sits behind a cloud's load balancers, and those that have addresses of their own. */
const balanced = [
  "crm",
  "survey",
  "tickets",
  "maps",
  "fraud",
  "shipping",
  "tax",
  "chat",
  "geo",
  "search",
  "flags",
  "errors",
];
const steady = ["payments", "cards", "mail", "sms", "identity", "sign", "fax", "rates", "address", "credit"];
const behindContent = ["assets", "fonts", "reviews", "catalog", "docs", "status", "widgets", "images"];
const lists = ["sanctions", "iban", "vat", "postal"];

function pick<T>(choices: readonly T[], random: Random): T {
  return choices[random.below(choices.length)]!;
}

/** Every role that a workload can need outside. */
export const roles = {
  "object-store": ({ region, namespace }) => ({
    id: `Amazon S3 ${region}`,
    kind: "rotating-store",
    from: `Amazon/S3/${region}`,
    names: [`${namespace}.s3.${region}.amazonaws.com`],
  }),
  "other-store": ({ random }) =>
    random.chance(0.6)
      ? { id: "Google Cloud Storage", kind: "rotating-store", from: "Google//", names: ["storage.googleapis.com"] }
      : {
          id: "Amazon S3 eu-central-1",
          kind: "rotating-store",
          from: "Amazon/S3/eu-central-1",
          names: ["s3.eu-central-1.amazonaws.com"],
        },
  "blob-store": ({ namespace, azureRegion }) => ({
    id: `Azure blob ${namespace}`,
    kind: "stable-saas",
    from: `Azure/AzureStorage/${azureRegion}`,
    names: [`${namespace.replaceAll("-", "")}.blob.core.windows.net`],
    alias: `blob.am5prdstr${namespace.length}a.store.core.windows.net`,
  }),
  queue: ({ region }) => ({
    id: `Amazon SQS ${region}`,
    kind: "provider-api",
    from: `Amazon/EC2/${region}`,
    names: [`sqs.${region}.amazonaws.com`],
  }),
  secrets: ({ region }) => ({
    id: `Amazon Secrets Manager ${region}`,
    kind: "provider-api",
    from: `Amazon/EC2/${region}`,
    names: [`secretsmanager.${region}.amazonaws.com`],
  }),
  tokens: ({ region }) => ({
    id: `Amazon STS ${region}`,
    kind: "provider-api",
    from: `Amazon/EC2/${region}`,
    names: [`sts.${region}.amazonaws.com`],
  }),
  table: ({ region }) => ({
    id: `Amazon DynamoDB ${region}`,
    kind: "provider-api",
    from: `Amazon/DYNAMODB/${region}`,
    names: [`dynamodb.${region}.amazonaws.com`],
  }),
  vendor: ({ random, region }) => {
    const name = pick(balanced, random);
    return {
      id: `${name} vendor`,
      kind: "balanced-saas",
      from: `Amazon/EC2/${region}`,
      names: [`api.${name}-cloud.com`],
      alias: `${name}-prod-17.${region}.elb.amazonaws.com`,
    };
  },
  "steady-vendor": ({ random }) => {
    const name = pick(steady, random);
    return { id: `${name} vendor`, kind: "stable-saas", from: "own", names: [`api.${name}-hub.com`] };
  },
  payments: () => ({ id: "payment gateway", kind: "stable-saas", from: "own", names: ["api.paygate.com"] }),
  "payments-reports": () => ({ id: "payment files", kind: "stable-saas", from: "own", names: ["files.paygate.com"] }),
  "web-assets": ({ random }) => {
    const name = pick(behindContent, random);
    const on = pick(["CLOUDFRONT", "Cloudflare", "Fastly"], random);
    const from = on === "CLOUDFRONT" ? "Amazon/CLOUDFRONT/" : `${on}//`;
    return { id: `${name} on ${on}`, kind: "cdn", from, names: [`${name}.${on.toLowerCase()}-sites.com`], shares: on };
  },
  packages: () => ({
    id: "package registry",
    kind: "cdn",
    from: "Fastly//",
    names: ["registry.npmjs.org"],
    shares: "Fastly",
  }),
  "python-packages": () => ({
    id: "python packages",
    kind: "cdn",
    from: "Fastly//",
    names: ["files.pythonhosted.org"],
    shares: "Fastly",
  }),
  "vendor-portal": ({ random }) => {
    const name = pick(behindContent, random);
    return {
      id: `${name} portal`,
      kind: "hidden-cdn",
      from: "Akamai//",
      names: [`www.${name}-portal.com`],
      alias: `www.${name}-portal.com.edgekey.net`,
      shares: "Akamai",
    };
  },
  "image-registry": () => ({
    id: "Red Hat registry",
    kind: "hidden-cdn",
    from: "Akamai//",
    names: ["registry.redhat.io"],
    alias: "registry.redhat.io.edgekey.net",
    shares: "Akamai",
  }),
  quay: ({ region }) => ({ id: "Quay", kind: "balanced-saas", from: `Amazon/EC2/${region}`, names: ["quay.io"] }),
  "quay-layers": () => ({
    id: "Quay layers",
    kind: "cdn",
    from: "Amazon/CLOUDFRONT/",
    names: ["cdn01.quay.io"],
    shares: "CLOUDFRONT",
  }),
  github: () => ({
    id: "GitHub",
    kind: "stable-saas",
    from: "GitHub/git/",
    names: ["github.com"],
    ports: tcp(443, 22),
  }),
  "github-api": () => ({ id: "GitHub API", kind: "stable-saas", from: "GitHub/api/", names: ["api.github.com"] }),
  monitoring: ({ random }) =>
    random.chance(0.5)
      ? {
          id: "metrics vendor",
          kind: "balanced-saas",
          from: "Amazon/EC2/us-east-1",
          names: ["intake.metrics-cloud.com"],
        }
      : {
          id: "logs vendor",
          kind: "provider-api",
          from: "Google Cloud/Google Cloud/us-central1",
          names: ["logs.tracewise.io"],
        },
  "model-api": () => ({
    id: "model API",
    kind: "cdn",
    from: "Cloudflare//",
    names: ["api.model-host.com"],
    shares: "Cloudflare",
  }),
  "sql-cloud": ({ namespace, azureRegion }) => ({
    id: `Azure SQL ${namespace}`,
    kind: "stable-saas",
    from: `Azure/Sql/${azureRegion}`,
    names: [`${namespace}.database.windows.net`],
    ports: tcp(1433),
  }),
  oracle: ({ random }) => {
    const number = 1 + random.below(6);
    return {
      id: `Oracle ${number}`,
      kind: "on-premises-host",
      from: "on-premises",
      names: [`ora${number}.dc.corp.example`],
      ports: tcp(1521),
    };
  },
  postgres: ({ random }) => {
    const number = 1 + random.below(8);
    const names = number % 3 === 0 ? [] : [`pg${number}.dc.corp.example`];
    return { id: `PostgreSQL ${number}`, kind: "on-premises-host", from: "on-premises", names, ports: tcp(5432) };
  },
  mainframe: () => ({ id: "mainframe", kind: "on-premises-host", from: "on-premises", ports: tcp(3270, 1414) }),
  kafka: ({ random }) => {
    const number = 1 + random.below(3);
    const names = [`kafka${number}.dc.corp.example`];
    return { id: `Kafka ${number}`, kind: "on-premises-pool", from: "on-premises", names, ports: tcp(9093) };
  },
  "internal-api": ({ random }) => {
    const number = 1 + random.below(5);
    const names = [`api${number}.corp.example`];
    return { id: `internal API ${number}`, kind: "on-premises-pool", from: "on-premises", names };
  },
  "nameless-pool": ({ random }) => {
    const number = 1 + random.below(4);
    return { id: `shelf servers ${number}`, kind: "on-premises-pool", from: "on-premises", ports: tcp(8443) };
  },
  directory: () => ({
    id: "directory",
    kind: "on-premises-pool",
    from: "on-premises",
    names: ["ldap.corp.example"],
    ports: tcp(636),
  }),
  relay: () => ({
    id: "mail relay",
    kind: "infrastructure",
    from: "on-premises",
    names: ["smtp.corp.example"],
    ports: tcp(25, 587),
  }),
  time: () => ({ id: "time", kind: "infrastructure", from: "on-premises", ports: [{ protocol: "udp", port: 123 }] }),
  "name-servers": () => ({
    id: "name servers",
    kind: "infrastructure",
    from: "on-premises",
    ports: [{ protocol: "udp", port: 53 }, ...tcp(53)],
  }),
  syslog: () => ({
    id: "syslog",
    kind: "infrastructure",
    from: "on-premises",
    ports: [{ protocol: "udp", port: 514 }],
  }),
  "bank-files": ({ random }) => {
    const number = 1 + random.below(4);
    return { id: `bank files ${number}`, kind: "partner", from: "own", ports: tcp(22) };
  },
  partner: ({ random }) => {
    const number = 1 + random.below(10);
    const names = number % 2 === 0 ? [] : [`edi.partner${number}.example.net`];
    return { id: `partner ${number}`, kind: "partner", from: "own", names, ports: tcp(number % 3 === 0 ? 8443 : 443) };
  },
  authority: ({ random }) => {
    const name = pick(lists, random);
    return { id: `${name} authority`, kind: "stable-saas", from: "own", names: [`ws.${name}.gov.example.org`] };
  },
} as const satisfies Readonly<Record<string, (cast: Cast) => ServiceSpec>>;

export type Role = keyof typeof roles;
