import { ephemeralPort, wire, type Connection } from "./connection.ts";
import { outside } from "./outside.ts";
import { isAlive, type Pod } from "./pods.ts";
import type { Random } from "./random.ts";
import { services } from "./services.ts";
import { fromCustomer, fromKubelet, fromNode, onTheLink, sightingsOf, type Sighting } from "./sightings.ts";
import { expectedInHour, hourMs, hoursInWeek, secondMs, weekStartMs } from "./week.ts";
import { shopNamespaces, workloads } from "./workloads.ts";

/** What agents see besides the shop's own calls; none of it is egress of a workload, and a reader must leave it out. */
export function surroundings(pods: readonly Pod[], calls: readonly Connection[], random: Random): readonly Sighting[] {
  return [
    ...customers(pods, random.fork("customers")),
    ...probes(pods, random.fork("probes")),
    ...imagePulls(pods, random.fork("image pulls")),
    ...lookups(pods, calls, random.fork("lookups")),
    ...multicast(pods, random.fork("multicast")),
  ];
}

/**
 * Customers come in through a load balancer that keeps their addresses. The answers look like egress to hundreds of
 * strangers; only the flags and the ports say who called whom.
 */
function customers(pods: readonly Pod[], random: Random): readonly Sighting[] {
  const storefronts = pods.filter(({ workload }) => workload === "storefront");
  return hourly(random, (hour) => expectedInHour("shop", 190, hour)).flatMap((timeMs) => {
    const open = storefronts.filter((pod) => isAlive(pod, timeMs));
    if (open.length === 0) return [];
    const v6 = random.next() < 0.3;
    const address = v6
      ? `2001:db8:c:${random.int(1, 0xfff).toString(16)}::${random.int(2, 0xffff).toString(16)}`
      : `198.51.100.${random.int(128, 254)}`;
    const exchange = talk(random, { sent: 3200, received: 64_000, seconds: 4, rttMs: 35 }, timeMs, v6);
    return [fromCustomer(address, random.pick(open), 8443, exchange)];
  });
}

/** Thinned: the kubelet asks every ten seconds, here twice an hour is enough. */
function probes(pods: readonly Pod[], random: Random): readonly Sighting[] {
  return workloads.flatMap(({ namespace, name, listens }) => {
    if (listens === undefined) return [];
    const own = pods.filter((pod) => pod.namespace === namespace && pod.workload === name);
    return hourly(random, () => 2).flatMap((timeMs) => {
      const alive = own.filter((pod) => isAlive(pod, timeMs));
      if (alive.length === 0) return [];
      const exchange = talk(random, { sent: 120, received: 140, seconds: 0.01, rttMs: 0.3 }, timeMs, false);
      return [fromKubelet(random.pick(alive), listens, exchange)];
    });
  });
}

/** New pods need their image: the node fetches it, not the pod. */
function imagePulls(pods: readonly Pod[], random: Random): readonly Sighting[] {
  return pods
    .filter(({ startMs, namespace }) => startMs >= weekStartMs && shopNamespaces.includes(namespace))
    .map(({ node, startMs }) => {
      const { images } = outside;
      const address = random.pick([...images.addresses, ...images.addresses6]);
      const exchange = talk(random, images.typical, startMs + secondMs, address.includes(":"));
      return fromNode(node, address, images.port, exchange);
    });
}

/**
 * DNS through the cluster's Service, always answered by the pod on the same node. Most programs remember answers, so
 * only some connections are preceded by a question, first with the namespace's search domain.
 */
function lookups(pods: readonly Pod[], calls: readonly Connection[], random: Random): readonly Sighting[] {
  const service = services.find(({ name }) => name === "dns-default");
  if (service === undefined) throw new Error("the cluster has no DNS");
  return calls.flatMap(({ pod, target, startMs, part }) => {
    if (target.kind !== "outside" || target.name === undefined || part === "middle" || random.next() > 0.07) return [];
    const { name } = target;
    const server = pods.find(
      ({ workload, node, ...life }) =>
        workload === "dns-default" && node === pod.node && life.startMs < startMs - 1000 && startMs < life.endMs,
    );
    if (server === undefined) return [];
    return [`${name}.${pod.namespace}.svc.cluster.local`, name].flatMap((question, index): readonly Sighting[] => {
      const latencyMs = random.int(1, index === 0 ? 2 : 24);
      const timeMs = startMs - 40 + index * 5;
      const sizes = wire({ sent: 40 + question.length, received: 90 + question.length }, "udp", false);
      const asked: Connection = {
        pod,
        target: { kind: "service", service, backend: server },
        protocol: "udp",
        sourcePort: ephemeralPort(random),
        startMs: timeMs,
        endMs: timeMs + latencyMs,
        part: "whole",
        rttMs: latencyMs,
        ...sizes,
      };
      const dns = { id: random.int(1, 65_535), question, exists: index === 1, latencyMs };
      return sightingsOf(asked, false).map((sighting) => ({ ...sighting, dns }));
    });
  });
}

/** The image used for looking around announces itself on the link. */
function multicast(pods: readonly Pod[], random: Random): readonly Sighting[] {
  return pods
    .filter(({ workload }) => workload === "netshoot")
    .flatMap((pod) =>
      ["224.0.0.251", "ff02::fb"].flatMap((group) =>
        [12, 13, 15].map((second) => {
          const startMs = pod.startMs + second * secondMs;
          const { sent } = wire({ sent: 45, received: 0 }, "udp", group.includes(":"));
          const shared = { fromPort: 5353, startMs, endMs: startMs + random.int(0, 40), sent, received: undefined };
          return onTheLink(pod, group, 5353, { ...shared, rttMs: 0 });
        }),
      ),
    );
}

type Talk = Pick<Sighting, "fromPort" | "startMs" | "endMs" | "sent" | "rttMs"> & {
  readonly received: Connection["sent"];
};

function talk(
  random: Random,
  typical: { readonly sent: number; readonly received: number; readonly seconds: number; readonly rttMs: number },
  startMs: number,
  v6: boolean,
): Talk {
  const sizes = wire({ sent: random.about(typical.sent), received: random.about(typical.received) }, "tcp", v6);
  const endMs = startMs + random.about(typical.seconds * 1000);
  return {
    fromPort: ephemeralPort(random),
    startMs,
    endMs,
    rttMs: typical.rttMs * (0.9 + 0.3 * random.next()),
    ...sizes,
  };
}

function hourly(random: Random, expected: (hour: number) => number): readonly number[] {
  return Array.from({ length: hoursInWeek }, (_, hour) => hour).flatMap((hour) =>
    Array.from(
      { length: random.poisson(expected(hour)) },
      () => weekStartMs + hour * hourMs + random.int(0, hourMs - 1),
    ),
  );
}
