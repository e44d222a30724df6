import { ephemeralPort, outsideTarget, unanswered, wire, type Connection, type Target } from "./connection.ts";
import { dataCentre, outside } from "./outside.ts";
import { isAlive, type Pod } from "./pods.ts";
import type { Random } from "./random.ts";
import { at, hourMs, minuteMs, secondMs, weekEndMs } from "./week.ts";

/** What the table does not plan: noise any cluster has, and the one thing that should not be allowed. */
export function irregularTraffic(pods: readonly Pod[], random: Random): readonly Connection[] {
  return [
    ...breakIn(pods, random.fork("break-in")),
    ...forgottenExporter(pods, random.fork("exporter")),
    ...retiredRelay(pods, random.fork("retired relay")),
    ...debugging(pods, random.fork("debugging")),
    ...pings(pods, random.fork("pings")),
  ];
}

/** The address every cloud answers to with a machine's credentials. */
const metadata: Target = { kind: "outside", address: "169.254.169.254", port: 80, name: undefined };
const miningPool: Target = { kind: "outside", address: "203.0.113.77", port: 3333, name: undefined };

/**
 * Thursday, 02:11: one storefront pod reads the machine's metadata, looks around in the data centre, and then works
 * for somebody else until the morning.
 */
function breakIn(pods: readonly Pod[], random: Random): readonly Connection[] {
  const pod = alive(pods, "storefront", at("thu 02:11"))[1];
  if (pod === undefined) throw new Error("no storefront pod on Thursday night");
  const asked = [0, 2, 9].map((seconds) =>
    answered(pod, metadata, at("thu 02:11:07") + seconds * secondMs, { sent: 160, received: 900, ms: 12 }, random),
  );
  return [...asked, ...scan(pod, random), ...mining(pod, random)];
}

/** Six ports on five machines; one port is open, the machine it is on refuses the others. */
function scan(pod: Pod, random: Random): readonly Connection[] {
  return [38, 39, 40, 41, 42].flatMap((host, row) =>
    [22, 80, 443, 3306, 5432, 8080].map((port, column): Connection => {
      const address = `10.20.30.${host}`;
      const target: Target = { kind: "outside", address, port, name: undefined };
      const startMs = at("thu 02:13:20") + row * 1400 + column * 210;
      if (address !== dataCentre.database) return unanswered(pod, target, ephemeralPort(random), startMs, 1);
      const probe = answered(pod, target, startMs, { sent: 0, received: 0, ms: 25 }, random);
      return port === 5432 ? probe : { ...probe, refused: true };
    }),
  );
}

function mining(pod: Pod, random: Random): readonly Connection[] {
  const sourcePort = ephemeralPort(random);
  const [firstMs, lastMs] = [at("thu 02:19:40"), at("thu 05:47:12")];
  const parts: Connection[] = [];
  for (let timeMs = firstMs; timeMs < lastMs; timeMs += 5 * minuteMs + random.int(0, 40) * secondMs) {
    const work = answered(pod, miningPool, timeMs, { sent: 900, received: 2600, ms: 9000 }, random);
    parts.push({ ...work, sourcePort, part: timeMs === firstMs ? "opening" : "middle" });
  }
  const end = answered(pod, miningPool, lastMs, { sent: 100, received: 60, ms: 90 }, random);
  return [...parts, { ...end, sourcePort, part: "closing" }];
}

/**
 * The release of Wednesday brought a trace exporter with its default settings. The namespace's firewall has no rule
 * for it, so every attempt ends in silence.
 */
function forgottenExporter(pods: readonly Pod[], random: Random): readonly Connection[] {
  const attempts: Connection[] = [];
  for (let timeMs = at("wed 13:45"); timeMs < weekEndMs; timeMs += hourMs + random.int(0, 30) * minuteMs) {
    const checkouts = alive(pods, "checkout", timeMs);
    if (checkouts.length === 0) continue;
    const target = outsideTarget(outside.traces, random.pick(outside.traces.addresses));
    attempts.push(unanswered(random.pick(checkouts), target, ephemeralPort(random), timeMs, 3));
  }
  return attempts;
}

/** Monday's mails first went to a relay that was switched off at the weekend. */
function retiredRelay(pods: readonly Pod[], random: Random): readonly Connection[] {
  const target: Target = { kind: "outside", address: "198.51.100.99", port: 25, name: undefined };
  return [at("mon 06:02:11"), at("mon 06:07:15"), at("mon 06:22:40")].flatMap((timeMs) =>
    alive(pods, "mailer", timeMs)
      .slice(0, 1)
      .map((pod) => unanswered(pod, target, ephemeralPort(random), timeMs, 4)),
  );
}

/** A bare pod for looking around by hand: a ping, a mistyped port, one request that worked. */
function debugging(pods: readonly Pod[], random: Random): readonly Connection[] {
  return pods
    .filter(({ workload }) => workload === "netshoot")
    .flatMap((pod) => {
      const mistyped: Target = { kind: "outside", address: "198.51.100.30", port: 8443, name: undefined };
      const wanted = outsideTarget(outside.search, "198.51.100.30");
      return [
        echo(pod, "198.51.100.30", at("tue 14:05:10"), 5, 11),
        unanswered(pod, mistyped, ephemeralPort(random), at("tue 14:06:31"), 3),
        answered(pod, wanted, at("tue 14:09:02"), { sent: 700, received: 4100, ms: 300 }, random),
      ];
    });
}

/** Telemetry agents check the way to their intake with a few echo requests now and then, in both families. */
function pings(pods: readonly Pod[], random: Random): readonly Connection[] {
  const connections: Connection[] = [];
  for (let timeMs = at("mon 00:20"); timeMs < weekEndMs; timeMs += 6 * hourMs) {
    for (const pod of alive(pods, "telemetry-agent", timeMs)) {
      const address = random.pick([outside.telemetry.addresses[0] ?? "", outside.telemetry.addresses6[0] ?? ""]);
      connections.push(echo(pod, address, timeMs + random.int(0, 50) * secondMs, 3, 16));
    }
  }
  return connections;
}

function alive(pods: readonly Pod[], workload: string, timeMs: number): readonly Pod[] {
  return pods.filter((pod) => pod.workload === workload && isAlive(pod, timeMs));
}

function answered(
  pod: Pod,
  target: Target,
  startMs: number,
  size: { readonly sent: number; readonly received: number; readonly ms: number },
  random: Random,
): Connection {
  const shared = { pod, target, protocol: "tcp", sourcePort: ephemeralPort(random), part: "whole" } as const;
  return { ...shared, startMs, endMs: startMs + size.ms, rttMs: 1.5, ...wire(size, "tcp", false) };
}

function echo(pod: Pod, address: string, startMs: number, count: number, rttMs: number): Connection {
  const v6 = address.includes(":");
  const load = { packets: count, bytes: count * (v6 ? 118 : 98) };
  return {
    pod,
    target: { kind: "outside", address, port: 0, name: undefined },
    protocol: v6 ? "icmp6" : "icmp",
    sourcePort: 0,
    startMs,
    endMs: startMs + (count - 1) * secondMs + Math.round(rttMs),
    part: "whole",
    sent: load,
    received: load,
    rttMs,
  };
}
