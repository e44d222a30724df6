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
