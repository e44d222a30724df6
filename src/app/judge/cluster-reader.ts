import type { ClusterFacts } from "../../pipeline/flows/cluster-facts.ts";
import type { NamespaceRef } from "../wire/list.ts";

/** An egress policy as the cluster holds it. */
export interface LivePolicy {
  readonly kind: string;
  readonly name: string;
  /** Undefined for kinds of the whole cluster. */
  readonly namespace: string | undefined;
  /** YAML without what the cluster added (status, managed fields, …). */
  readonly manifest: string;
  /** What its controller says; empty where it says nothing. */
  readonly status: string;
  /** Whether the controller says that this very generation is in force; undefined: it does not say. */
  readonly isApplied: boolean | undefined;
}

/** What clusters say of themselves now. A cluster that nobody can be asked about answers undefined: only its traffic is known. */
export interface ClusterReader {
  facts(cluster: string): Promise<ClusterFacts | undefined>;
  /** Of the namespace and of the whole cluster; undefined: the cluster cannot be asked. */
  policies(where: NamespaceRef): Promise<readonly LivePolicy[] | undefined>;
}
