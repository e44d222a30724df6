import { type IpAddress, parseIp } from "../../../core/net/ip.ts";
import type { Endpoint, ServiceFacts, ServicePort } from "../cluster-facts.ts";
import { addressesOf, at, listAt, portOf, protocolOf, textAt, textsAt } from "./fields.ts";

/** One port of an EndpointSlice or Endpoints object, with its ready addresses. */
interface Backends {
  readonly name: string;
  readonly protocol: ServicePort["protocol"];
  /** Undefined: the service's own port. */
  readonly port: number | undefined;
  readonly addresses: readonly IpAddress[];
}

interface ServiceObject {
  readonly namespace: string;
  readonly name: string;
  readonly addresses: readonly IpAddress[];
  readonly ports: readonly Pick<ServicePort, "name" | "protocol" | "port">[];
}

/** Joins Services with their EndpointSlices, or with Endpoints where there are no slices. */
export class Services {
  readonly #services = new Map<string, ServiceObject>();
  /** By service, then by slice: a service may have many. */
  readonly #slices = new Map<string, Map<string, readonly Backends[]>>();
  readonly #serviceOfSlice = new Map<string, string>();
  readonly #endpoints = new Map<string, readonly Backends[]>();
  /** What was told before and still holds, by service. */
  readonly #told = new Map<string, ServiceFacts>();
  #nameless = 0;

  putService(service: unknown): void {
    const key = keyOf(service, textAt(service, "metadata", "name"));
    this.#told.delete(key);
    this.#services.set(key, readService(service));
  }

  removeService(namespace: string, name: string): void {
    this.#told.delete(`${namespace}/${name}`);
    this.#services.delete(`${namespace}/${name}`);
  }

  putEndpointSlice(slice: unknown): void {
    const name = textAt(slice, "metadata", "name");
    this.#nameless += name === "" ? 1 : 0;
    const key = keyOf(slice, name === "" ? ` ${this.#nameless}` : name);
    this.#removeSlice(key);
    const service = textAt(slice, "metadata", "labels", "kubernetes.io/service-name");
    if (service === "") return;
    const ready = listAt(slice, "endpoints").filter((endpoint) => at(endpoint, "conditions", "ready") !== false);
    const addresses = ready.flatMap((endpoint) => textsAt(endpoint, "addresses"));
    const of = keyOf(slice, service);
    const slices = this.#slices.get(of) ?? new Map<string, readonly Backends[]>();
    slices.set(key, backendsOf(listAt(slice, "ports"), addresses));
    this.#slices.set(of, slices);
    this.#serviceOfSlice.set(key, of);
    this.#told.delete(of);
  }

  removeEndpointSlice(namespace: string, name: string): void {
    this.#removeSlice(`${namespace}/${name}`);
  }

  #removeSlice(key: string): void {
    const service = this.#serviceOfSlice.get(key);
    if (service === undefined) return;
    this.#serviceOfSlice.delete(key);
    const slices = this.#slices.get(service);
    slices?.delete(key);
    if (slices?.size === 0) this.#slices.delete(service);
    this.#told.delete(service);
  }

  /** Only of dumps: whoever has no slices. */
  putEndpoints(endpoints: unknown): void {
    const key = keyOf(endpoints, textAt(endpoints, "metadata", "name"));
    const subsets = listAt(endpoints, "subsets").flatMap((subset) =>
      backendsOf(
        listAt(subset, "ports"),
        listAt(subset, "addresses").map((address) => textAt(address, "ip")),
      ),
    );
    this.#endpoints.set(key, subsets);
    this.#told.delete(key);
  }

  get hasBackends(): boolean {
    return this.#slices.size + this.#endpoints.size > 0;
  }

  /** Services with addresses of their own: a headless one has none to see through. */
  facts(): readonly ServiceFacts[] {
    const sorted = [...this.#services].toSorted(([a], [b]) => (a < b ? -1 : 1));
    return sorted.flatMap(([key, service]) => (service.addresses.length === 0 ? [] : [this.#factsOf(key, service)]));
  }

  #factsOf(key: string, { namespace, name, addresses, ports }: ServiceObject): ServiceFacts {
    const told = this.#told.get(key);
    if (told !== undefined) return told;
    const backends = this.#backends(key);
    const facts = { namespace, name, addresses, ports: ports.map((port) => withEndpoints(port, backends)) };
    this.#told.set(key, facts);
    return facts;
  }

  /** Where the API server listens: the endpoints of `default/kubernetes`, whether or not the service is at hand. */
  apiServer(): readonly Endpoint[] {
    return distinct(this.#backends("default/kubernetes").flatMap((backend) => endpointsOf(backend, 443)));
  }

  #backends(key: string): readonly Backends[] {
    const slices = this.#slices.get(key);
    return slices === undefined ? (this.#endpoints.get(key) ?? []) : [...slices.values()].flat();
  }
}

function readService(service: unknown): ServiceObject {
  return {
    namespace: textAt(service, "metadata", "namespace"),
    name: textAt(service, "metadata", "name"),
    addresses: addressesOf([
      textAt(service, "spec", "clusterIP"),
      ...textsAt(service, "spec", "clusterIPs"),
      ...textsAt(service, "spec", "externalIPs"),
      // With `Proxy` the cluster leaves the address alone: traffic really goes to the load balancer.
      ...listAt(service, "status", "loadBalancer", "ingress")
        .filter((ingress) => textAt(ingress, "ipMode") !== "Proxy")
        .map((ingress) => textAt(ingress, "ip")),
    ]),
    ports: listAt(service, "spec", "ports").flatMap((port) => {
      const protocol = protocolOf(at(port, "protocol"));
      const number = portOf(at(port, "port"));
      if (protocol === undefined || number === undefined) return [];
      return [{ name: textAt(port, "name"), protocol, port: number }];
    }),
  };
}

function withEndpoints(port: ServiceObject["ports"][number], backends: readonly Backends[]): ServicePort {
  const own = backends.filter((backend) => backend.protocol === port.protocol && backend.name === port.name);
  return { ...port, endpoints: distinct(own.flatMap((backend) => endpointsOf(backend, port.port))) };
}

function backendsOf(ports: readonly unknown[], addresses: readonly string[]): readonly Backends[] {
  const parsed = addresses.flatMap((text) => {
    const address = parseIp(text);
    return address.ok ? [address.value] : [];
  });
  return ports.flatMap((port) => {
    const protocol = protocolOf(at(port, "protocol"));
    if (protocol === undefined) return [];
    return [{ name: textAt(port, "name"), protocol, port: portOf(at(port, "port")), addresses: parsed }];
  });
}

function endpointsOf({ port, addresses }: Backends, servicePort: number): readonly Endpoint[] {
  return addresses.map((address) => ({ address, port: port ?? servicePort }));
}

function distinct(endpoints: readonly Endpoint[]): readonly Endpoint[] {
  const byText = new Map(
    endpoints.map((endpoint) => [`${endpoint.address.family} ${endpoint.address.value} ${endpoint.port}`, endpoint]),
  );
  return [...byText.values()];
}

function keyOf(object: unknown, name: string): string {
  return `${textAt(object, "metadata", "namespace")}/${name}`;
}
