import { dataCentre } from "./outside.ts";
import { controlPlane } from "./workloads.ts";

export interface ServiceRow {
  readonly namespace: string;
  readonly name: string;
  readonly clusterIp: string;
  readonly protocol: "tcp" | "udp";
  readonly port: number;
  readonly targetPort: number;
  /** The workload behind it, or the addresses its EndpointSlice names without one. */
  readonly backend: { readonly workload: string } | { readonly addresses: readonly string[] };
}

export const services: readonly ServiceRow[] = [
  service("default/kubernetes", "172.30.0.1", "tcp 443>6443", { addresses: controlPlane }),
  service("openshift-dns/dns-default", "172.30.0.10", "udp 53>5353", { workload: "dns-default" }),
  service("shop-web/storefront", "172.30.41.7", "tcp 443>8443", { workload: "storefront" }),
  service("shop-web/cart", "172.30.112.64", "tcp 8080>8080", { workload: "cart" }),
  service("shop-payments/checkout", "172.30.200.18", "tcp 8080>8080", { workload: "checkout" }),
  service("shop-payments/ledger", "172.30.77.201", "tcp 80>8080", { workload: "ledger" }),
  // A Service without a selector, its EndpointSlice written by hand: egress in disguise.
  service("shop-payments/ledger-db", "172.30.9.133", "tcp 5432>5432", { addresses: [dataCentre.database] }),
];

function service(
  id: string,
  clusterIp: string,
  ports: `${"tcp" | "udp"} ${number}>${number}`,
  backend: ServiceRow["backend"],
): ServiceRow {
  const [namespace = "", name = ""] = id.split("/");
  const [protocol = "", port, targetPort] = ports.split(/[ >]/);
  const transport = protocol === "udp" ? "udp" : "tcp";
  return {
    namespace,
    name,
    clusterIp,
    protocol: transport,
    port: Number(port),
    targetPort: Number(targetPort),
    backend,
  };
}
