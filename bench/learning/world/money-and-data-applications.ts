import type { Application } from "./application.ts";
import type { Role } from "./roles.ts";

const time: readonly [Role, number] = ["time", 1];

/** What earns money, and what becomes of the data. */
export const moneyAndData: readonly Application[] = [
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
];
