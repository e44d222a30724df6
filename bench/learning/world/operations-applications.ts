import type { Application } from "./application.ts";
import type { Role } from "./roles.ts";

const time: readonly [Role, number] = ["time", 1];

/** What keeps the company and its platform running. */
export const operations: readonly Application[] = [
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
