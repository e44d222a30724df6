import type { Cidr } from "../../core/net/ip-set.ts";
import type { LiveSourceKind } from "./live-source-kind.ts";
import type { TlsOptions } from "./source-options.ts";

/** What an observer is asked to do, checked: what a configuration file or the command line becomes. */
export interface ObserverSettings {
  /** RFC 1123 label, unique within the cluster. */
  readonly observer: string;
  readonly cluster: string;
  readonly everyMs: number;
  readonly sources: readonly SourceSettings[];
  readonly networks: { readonly pods: readonly Cidr[]; readonly services: readonly Cidr[] };
  readonly kubernetes: KubernetesSettings;
  /** Where batches go; undefined when a collector runs in the same process. */
  readonly ship: ShipSettings | undefined;
  readonly buffer: { readonly folder: string; readonly maxBytes: number };
  readonly anonymise: { readonly keyFile: string } | undefined;
  readonly metrics: ListenAt | undefined;
  readonly graceMs: number;
}

export interface SourceSettings {
  readonly name: string;
  readonly kind: LiveSourceKind;
  /** As the kind's own schema returned them. */
  readonly options: unknown;
}

/** How the observer knows the cluster: by watching its API, from a dump, or not at all. */
export type KubernetesSettings =
  | {
      readonly from: "api";
      readonly kubeconfig: string | undefined;
      readonly context: string | undefined;
      readonly allowInsecure: boolean;
      /** Flows may be late by this much and still find who had their address. */
      readonly lateMs: number;
      readonly patienceMs: number;
    }
  | { readonly from: "dump"; readonly paths: readonly string[] }
  | { readonly from: "nothing" };

export interface ShipSettings {
  readonly url: URL;
  readonly tokenFile: string | undefined;
  readonly tls: TlsOptions | undefined;
}

export interface ListenAt {
  readonly host: string;
  readonly port: number;
}
