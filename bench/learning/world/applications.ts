import type { Role } from "./roles.ts";

/** What one workload of an application does outside. */
export interface WorkloadPlan {
  readonly kind: "Deployment" | "StatefulSet" | "DaemonSet" | "CronJob";
  readonly name: string;
  readonly image: string;
  readonly replicas: readonly [number, number];
  /** Only while people work. */
  readonly officeHours?: true;
  readonly every?: "hour" | "day" | "week" | "month" | "quarter";
  /** Flows per hour, of a CronJob per run. */
  readonly uses: readonly (readonly [role: Role, rate: number])[];
  /** What a new version might begin to use. */
  readonly later?: readonly Role[];
}

/** An application as teams run it many times: namespaces of one kind look alike, and each is a little different. */
export interface Application {
  readonly kind: string;
  readonly team: string;
  readonly workloads: readonly WorkloadPlan[];
}

const time: readonly [Role, number] = ["time", 1];

export const applications: readonly Application[] = [
  {
    kind: "shop",
    team: "commerce",
    workloads: [
      {
        kind: "Deployment",
        name: "storefront",
        image: "registry.corp.example/shop/storefront",
        replicas: [2, 6],
        uses: [
          ["web-assets", 5],
          ["object-store", 7],
          ["vendor", 4],
        ],
        later: ["web-assets", "vendor"],
      },
      {
        kind: "Deployment",
        name: "checkout",
        image: "registry.corp.example/shop/checkout",
        replicas: [2, 4],
        uses: [
          ["payments", 6],
          ["oracle", 4],
          ["vendor", 3],
          ["relay", 0.6],
        ],
        later: ["steady-vendor"],
      },
      {
        kind: "CronJob",
        name: "catalog-sync",
        image: "registry.corp.example/shop/sync",
        replicas: [1, 1],
        every: "day",
        uses: [
          ["partner", 8],
          ["object-store", 30],
        ],
      },
      {
        kind: "CronJob",
        name: "settlement",
        image: "registry.corp.example/shop/settlement",
        replicas: [1, 1],
        every: "month",
        uses: [
          ["bank-files", 4],
          ["payments-reports", 6],
        ],
      },
    ],
  },
  {
    kind: "payments",
    team: "finance",
    workloads: [
      {
        kind: "Deployment",
        name: "gateway",
        image: "registry.corp.example/pay/gateway",
        replicas: [2, 5],
        uses: [
          ["payments", 9],
          ["steady-vendor", 4],
          ["postgres", 5],
          ["vendor", 3],
          ["directory", 1],
        ],
        later: ["vendor"],
      },
      {
        kind: "StatefulSet",
        name: "ledger",
        image: "registry.corp.example/pay/ledger",
        replicas: [2, 3],
        uses: [["oracle", 4], ["mainframe", 2], time],
      },
      {
        kind: "CronJob",
        name: "bank-transfer",
        image: "registry.corp.example/pay/transfer",
        replicas: [1, 1],
        every: "day",
        uses: [
          ["bank-files", 6],
          ["payments-reports", 5],
        ],
      },
      {
        kind: "CronJob",
        name: "tax-report",
        image: "registry.corp.example/pay/tax",
        replicas: [1, 1],
        every: "quarter",
        uses: [["authority", 5]],
      },
    ],
  },
  {
    kind: "pipeline",
    team: "data",
    workloads: [
      {
        kind: "Deployment",
        name: "ingest",
        image: "registry.corp.example/data/ingest",
        replicas: [2, 5],
        uses: [
          ["kafka", 6],
          ["object-store", 7],
          ["queue", 5],
          ["partner", 1],
        ],
        later: ["other-store", "table"],
      },
      {
        kind: "StatefulSet",
        name: "transform",
        image: "registry.corp.example/data/transform",
        replicas: [2, 4],
        uses: [
          ["object-store", 6],
          ["postgres", 4],
          ["tokens", 1],
        ],
      },
      {
        kind: "CronJob",
        name: "nightly-export",
        image: "registry.corp.example/data/export",
        replicas: [1, 2],
        every: "day",
        uses: [
          ["other-store", 60],
          ["partner", 4],
        ],
      },
      {
        kind: "CronJob",
        name: "weekly-compaction",
        image: "registry.corp.example/data/compact",
        replicas: [1, 1],
        every: "week",
        uses: [
          ["object-store", 80],
          ["table", 10],
        ],
      },
    ],
  },
  {
    kind: "reports",
    team: "finance",
    workloads: [
      {
        kind: "Deployment",
        name: "portal",
        image: "registry.corp.example/reports/portal",
        replicas: [1, 3],
        officeHours: true,
        uses: [
          ["oracle", 7],
          ["vendor", 3],
          ["directory", 3],
          ["web-assets", 2],
          ["relay", 1],
        ],
        later: ["model-api"],
      },
      {
        kind: "CronJob",
        name: "monthly-report",
        image: "registry.corp.example/reports/monthly",
        replicas: [1, 1],
        every: "month",
        uses: [
          ["authority", 6],
          ["relay", 10],
        ],
      },
      {
        kind: "CronJob",
        name: "weekly-summary",
        image: "registry.corp.example/reports/weekly",
        replicas: [1, 1],
        every: "week",
        uses: [
          ["relay", 12],
          ["postgres", 8],
          ["steady-vendor", 5],
        ],
      },
    ],
  },
  {
    kind: "models",
    team: "data",
    workloads: [
      {
        kind: "Deployment",
        name: "serving",
        image: "registry.corp.example/ml/serving",
        replicas: [2, 4],
        uses: [
          ["model-api", 5],
          ["blob-store", 4],
          ["monitoring", 3],
        ],
        later: ["vendor"],
      },
      {
        kind: "CronJob",
        name: "training",
        image: "registry.corp.example/ml/training",
        replicas: [1, 1],
        every: "day",
        uses: [
          ["other-store", 50],
          ["python-packages", 12],
          ["blob-store", 20],
        ],
      },
    ],
  },
  {
    kind: "delivery",
    team: "platform",
    workloads: [
      {
        kind: "Deployment",
        name: "runner",
        image: "registry.corp.example/ci/runner",
        replicas: [2, 6],
        officeHours: true,
        uses: [
          ["github", 7],
          ["github-api", 5],
          ["packages", 6],
          ["quay", 3],
          ["quay-layers", 4],
        ],
        later: ["python-packages", "vendor-portal"],
      },
      {
        kind: "Deployment",
        name: "scanner",
        image: "registry.corp.example/ci/scanner",
        replicas: [1, 2],
        uses: [
          ["image-registry", 3],
          ["vendor", 2],
          ["quay", 1],
        ],
      },
      {
        kind: "CronJob",
        name: "mirror",
        image: "registry.corp.example/ci/mirror",
        replicas: [1, 1],
        every: "hour",
        uses: [
          ["image-registry", 6],
          ["quay-layers", 6],
        ],
      },
    ],
  },
  {
    kind: "collector",
    team: "platform",
    workloads: [
      {
        kind: "DaemonSet",
        name: "agent",
        image: "registry.corp.example/obs/agent",
        replicas: [1, 1],
        uses: [["monitoring", 7], ["syslog", 5], time, ["name-servers", 3]],
      },
      {
        kind: "Deployment",
        name: "forwarder",
        image: "registry.corp.example/obs/forwarder",
        replicas: [2, 3],
        uses: [
          ["monitoring", 6],
          ["kafka", 5],
        ],
        later: ["object-store"],
      },
    ],
  },
  {
    kind: "customers",
    team: "sales",
    workloads: [
      {
        kind: "Deployment",
        name: "crm-sync",
        image: "registry.corp.example/crm/sync",
        replicas: [1, 3],
        uses: [
          ["vendor", 6],
          ["steady-vendor", 3],
          ["internal-api", 5],
          ["queue", 3],
        ],
        later: ["web-assets", "vendor"],
      },
      {
        kind: "Deployment",
        name: "mailer",
        image: "registry.corp.example/crm/mailer",
        replicas: [1, 2],
        officeHours: true,
        uses: [
          ["steady-vendor", 6],
          ["relay", 4],
          ["vendor-portal", 2],
        ],
      },
      {
        kind: "CronJob",
        name: "address-check",
        image: "registry.corp.example/crm/check",
        replicas: [1, 1],
        every: "week",
        uses: [
          ["vendor", 14],
          ["steady-vendor", 8],
        ],
      },
    ],
  },
  {
    kind: "warehouse",
    team: "logistics",
    workloads: [
      {
        kind: "StatefulSet",
        name: "stock",
        image: "registry.corp.example/wms/stock",
        replicas: [2, 3],
        uses: [
          ["nameless-pool", 6],
          ["oracle", 4],
          ["internal-api", 3],
        ],
      },
      {
        kind: "Deployment",
        name: "carriers",
        image: "registry.corp.example/wms/carriers",
        replicas: [1, 3],
        uses: [
          ["vendor", 5],
          ["partner", 3],
          ["vendor-portal", 2],
        ],
        later: ["steady-vendor"],
      },
      {
        kind: "CronJob",
        name: "inventory-close",
        image: "registry.corp.example/wms/close",
        replicas: [1, 1],
        every: "month",
        uses: [
          ["partner", 6],
          ["object-store", 12],
        ],
      },
    ],
  },
  {
    kind: "accounts",
    team: "identity",
    workloads: [
      {
        kind: "Deployment",
        name: "sso",
        image: "registry.corp.example/iam/sso",
        replicas: [2, 4],
        uses: [
          ["directory", 7],
          ["steady-vendor", 4],
          ["secrets", 2],
        ],
        later: ["vendor"],
      },
      {
        kind: "Deployment",
        name: "provisioner",
        image: "registry.corp.example/iam/provisioner",
        replicas: [1, 2],
        uses: [
          ["internal-api", 4],
          ["tokens", 2],
          ["sql-cloud", 4],
        ],
      },
      {
        kind: "CronJob",
        name: "access-review",
        image: "registry.corp.example/iam/review",
        replicas: [1, 1],
        every: "quarter",
        uses: [
          ["steady-vendor", 6],
          ["relay", 8],
        ],
      },
    ],
  },
];
