import { formatIp, type IpAddress } from "../../core/net/ip.ts";
import type { Protocol } from "../../core/net/l4.ts";
import { addressClass, type AddressClassifier, wordsOf } from "./address-classes.ts";
import type { ClusterFacts, Endpoint } from "./cluster-facts.ts";

/**
 * Sees through service addresses. An egress policy judges traffic after translation: a service backed by pods is
 * inside, one backed by nodes or outside hosts (`default/kubernetes` above all) is egress to those backends.
 */
export class ServiceMap {
  private readonly ports = new Map<string, readonly Endpoint[]>();
  private readonly addresses = new Set<string>();
  private readonly classes: AddressClassifier;

  constructor(facts: ClusterFacts, classes: AddressClassifier) {
    this.classes = classes;
    for (const service of facts.services) {
      for (const address of service.addresses) {
        const ip = formatIp(address);
        this.addresses.add(ip);
        for (const { protocol, port, endpoints } of service.ports) {
          const key = `${ip} ${protocol} ${port}`;
          this.ports.set(key, [...(this.ports.get(key) ?? []), ...endpoints]);
        }
      }
    }
  }

  get isEmpty(): boolean {
    return this.addresses.size === 0;
  }

  /**
   * Where a connection to a service address really goes: the backends that are not pods (none: all are pods), or
   * `unresolved` for a service address whose backends are not known. Undefined when it is no service address.
   */
  backendsOf(address: IpAddress, protocol: Protocol, port: number): readonly Endpoint[] | "unresolved" | undefined {
    const ip = formatIp(address);
    const endpoints = this.ports.get(`${ip} ${protocol} ${port}`);
    const isService = this.addresses.has(ip) || this.classOf(address) === addressClass.service;
    if (endpoints === undefined || endpoints.length === 0) return isService ? "unresolved" : undefined;
    return endpoints.filter((endpoint) => this.classOf(endpoint.address) !== addressClass.pod);
  }

  private classOf({ family, value }: IpAddress): number {
    return this.classes.classOf(family, family === 4 ? Uint32Array.of(Number(value)) : wordsOf(value));
  }
}
