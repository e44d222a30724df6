import { parseIp } from "../../../core/net/ip.ts";
import type { Endpoint, ServiceFacts, ServicePort } from "../cluster-facts.ts";
import { addressesOf, at, listAt, portOf, protocolOf, textAt, textsAt } from "./fields.ts";

/** One port of an EndpointSlice or Endpoints object, with its ready addresses. */
interface Backends {
  readonly name: string;
  readonly protocol: ServicePort["protocol"];
  /** Undefined: the service's own port. */
  readonly port: number | undefined;
  readonly addresses: readonly string[];
}

/** Joins Services with their EndpointSlices, or with Endpoints where there are no slices. */
export class Services {
  readonly #services = new Map<string, unknown>();
  readonly #slices = new Map<string, Backends[]>();
  readonly #endpoints = new Map<string, Backends[]>();

  addService(service: unknown): void {
    this.#services.set(keyOf(service, textAt(service, "metadata", "name")), service);
  }

  addEndpointSlice(slice: unknown): void {
    const service = textAt(slice, "metadata", "labels", "kubernetes.io/service-name");
    if (service === "") return;
    const ready = listAt(slice, "endpoints").filter((endpoint) => at(endpoint, "conditions", "ready") !== false);
    const addresses = ready.flatMap((endpoint) => textsAt(endpoint, "addresses"));
    add(this.#slices, keyOf(slice, service), backendsOf(listAt(slice, "ports"), addresses));
  }

  addEndpoints(endpoints: unknown): void {
    const key = keyOf(endpoints, textAt(endpoints, "metadata", "name"));
    for (const subset of listAt(endpoints, "subsets")) {
      const addresses = listAt(subset, "addresses").map((address) => textAt(address, "ip"));
      add(this.#endpoints, key, backendsOf(listAt(subset, "ports"), addresses));
    }
  }

  get hasBackends(): boolean {
    return this.#slices.size + this.#endpoints.size > 0;
  }

  /** Services with addresses of their own: a headless one has none to see through. */
  facts(): readonly ServiceFacts[] {
    const sorted = [...this.#services].toSorted(([a], [b]) => (a < b ? -1 : 1));
    return sorted.flatMap(([key, service]) => {
      const addresses = addressesOf([
        textAt(service, "spec", "clusterIP"),
        ...textsAt(service, "spec", "clusterIPs"),
        ...textsAt(service, "spec", "externalIPs"),
        ...listAt(service, "status", "loadBalancer", "ingress").map((ingress) => textAt(ingress, "ip")),
      ]);
      if (addresses.length === 0) return [];
      const backends = this.#backends(key);
      const ports = listAt(service, "spec", "ports").flatMap((port) => portFacts(port, backends) ?? []);
      const namespace = textAt(service, "metadata", "namespace");
      return [{ namespace, name: textAt(service, "metadata", "name"), addresses, ports }];
    });
  }

  /** Where the API server listens: the endpoints of `default/kubernetes`, whether or not the dump has the service. */
  apiServer(): readonly Endpoint[] {
    return distinct(this.#backends("default/kubernetes").flatMap((backend) => endpointsOf(backend, 443)));
  }

  #backends(key: string): readonly Backends[] {
    return this.#slices.get(key) ?? this.#endpoints.get(key) ?? [];
  }
}

function portFacts(port: unknown, backends: readonly Backends[]): ServicePort | undefined {
  const protocol = protocolOf(at(port, "protocol"));
  const number = portOf(at(port, "port"));
  if (protocol === undefined || number === undefined) return undefined;
  const name = textAt(port, "name");
  const own = backends.filter((backend) => backend.protocol === protocol && backend.name === name);
  return { name, protocol, port: number, endpoints: distinct(own.flatMap((backend) => endpointsOf(backend, number))) };
}

function backendsOf(ports: readonly unknown[], addresses: readonly string[]): readonly Backends[] {
  return ports.flatMap((port) => {
    const protocol = protocolOf(at(port, "protocol"));
    if (protocol === undefined) return [];
    return [{ name: textAt(port, "name"), protocol, port: portOf(at(port, "port")), addresses }];
  });
}

function endpointsOf({ port, addresses }: Backends, servicePort: number): readonly Endpoint[] {
  return addresses.flatMap((text) => {
    const address = parseIp(text);
    return address.ok ? [{ address: address.value, port: port ?? servicePort }] : [];
  });
}

function distinct(endpoints: readonly Endpoint[]): readonly Endpoint[] {
  const byText = new Map(
    endpoints.map((endpoint) => [`${endpoint.address.family} ${endpoint.address.value} ${endpoint.port}`, endpoint]),
  );
  return [...byText.values()];
}

function add(lists: Map<string, Backends[]>, key: string, backends: readonly Backends[]): void {
  const list = lists.get(key);
  if (list === undefined) lists.set(key, [...backends]);
  else list.push(...backends);
}

function keyOf(object: unknown, name: string): string {
  return `${textAt(object, "metadata", "namespace")}/${name}`;
}
