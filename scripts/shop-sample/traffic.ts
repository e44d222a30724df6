import { ephemeralPort, isV6, outsideTarget, wire, type Connection, type Target } from "./connection.ts";
import { answer, type Outside } from "./outside.ts";
import { isAlive, type Pod } from "./pods.ts";
import type { Random } from "./random.ts";
import { services, type ServiceRow } from "./services.ts";
import { expectedInHour, hourMs, hoursInWeek, minuteMs, secondMs, weekEndMs, weekStartMs } from "./week.ts";
import { workloads, type Held, type InsideCall, type WorkloadRow } from "./workloads.ts";

/** What the table says the workloads do, as connections in no particular order. */
export function ordinaryTraffic(pods: readonly Pod[], random: Random): readonly Connection[] {
  return workloads.flatMap((row) => {
    const own = pods.filter(({ namespace, workload }) => namespace === row.namespace && workload === row.name);
    const source = random.fork(`${row.namespace}/${row.name}`);
    return [
      ...row.calls.flatMap(({ to, perDay, held }) => {
        const draws = source.fork(to.name ?? "");
        return moments(row, perDay, own, draws).flatMap(({ pod, timeMs }) => call(pod, to, timeMs, held, draws));
      }),
      ...(row.inside ?? []).flatMap((inside) => {
        const draws = source.fork(inside.service);
        return moments(row, inside.perDay, own, draws).flatMap(({ pod, timeMs }) =>
          insideCall(pod, inside, timeMs, pods, draws),
        );
      }),
    ];
  });
}

interface Moment {
  readonly pod: Pod;
  readonly timeMs: number;
}

/** When a workload calls, and from which of its pods: by the hour for services, within the run for jobs. */
function moments(row: WorkloadRow, perDay: number, own: readonly Pod[], random: Random): readonly Moment[] {
  if (row.runs !== undefined) {
    return own.flatMap((pod) =>
      Array.from({ length: perDay }, () => {
        const timeMs =
          pod.startMs + 6 * secondMs + Math.floor(random.next() * (pod.endMs - pod.startMs - 60 * secondMs));
        return { pod, timeMs };
      }),
    );
  }
  return Array.from({ length: hoursInWeek }, (_, hour) => hour).flatMap((hour) =>
    Array.from({ length: random.poisson(expectedInHour(row.rhythm, perDay, hour)) }, () => {
      const timeMs = weekStartMs + hour * hourMs + random.int(0, hourMs - 1);
      return { timeMs, alive: own.filter((pod) => isAlive(pod, timeMs)) };
    })
      .filter(({ alive }) => alive.length > 0)
      .map(({ timeMs, alive }) => ({ timeMs, pod: random.pick(alive) })),
  );
}

function call(pod: Pod, to: Outside, timeMs: number, held: Held | undefined, random: Random): readonly Connection[] {
  const address = random.pick(answer(to, Math.floor((timeMs - weekStartMs) / hourMs)));
  const target = outsideTarget(to, address);
  return connect({ pod, target, protocol: to.protocol, timeMs, held, ...to.typical }, random);
}

function insideCall(
  pod: Pod,
  { service: name, held }: InsideCall,
  timeMs: number,
  pods: readonly Pod[],
  random: Random,
): readonly Connection[] {
  const service = services.find((candidate) => candidate.name === name);
  if (service === undefined) throw new Error(`no such Service: \`${name}\``);
  const backend = random.pick(backends(service, pods, timeMs));
  const target: Target = { kind: "service", service, backend };
  const typical = { sent: 2100, received: 5600, seconds: 0.08, rttMs: 1 };
  return connect({ pod, target, protocol: service.protocol, timeMs, held, ...typical }, random);
}

export function backends({ namespace, backend }: ServiceRow, pods: readonly Pod[], timeMs: number): (Pod | string)[] {
  if ("addresses" in backend) return [...backend.addresses];
  return pods.filter((pod) => pod.namespace === namespace && pod.workload === backend.workload && isAlive(pod, timeMs));
}

interface Plan {
  readonly pod: Pod;
  readonly target: Target;
  readonly protocol: "tcp" | "udp";
  readonly timeMs: number;
  readonly held: Held | undefined;
  readonly sent: number;
  readonly received: number;
  readonly seconds: number;
  readonly rttMs: number;
}

/** One connection, or the parts in which agents see a long one; cut short when its pod or the week ends. */
function connect(plan: Plan, random: Random): readonly Connection[] {
  const { pod, target, protocol, timeMs, held } = plan;
  const sourcePort = ephemeralPort(random);
  const part = (startMs: number, kind: Connection["part"]): Connection => {
    const sizes = { sent: random.about(plan.sent), received: random.about(plan.received) };
    const endMs = startMs + random.about(plan.seconds * 1000);
    const rttMs = plan.rttMs * (0.9 + 0.3 * random.next());
    return {
      pod,
      target,
      protocol,
      sourcePort,
      startMs,
      endMs,
      part: kind,
      rttMs,
      ...wire(sizes, protocol, isV6(target)),
    };
  };
  if (held === undefined) return [part(timeMs, "whole")];
  const lastMs = Math.min(timeMs + random.about(held.minutes) * minuteMs, pod.endMs - 20 * secondMs, weekEndMs);
  const parts: Connection[] = [part(timeMs, "opening")];
  for (let at = timeMs; ;) {
    at += Math.round(held.everyMinutes * minuteMs * (0.9 + 0.2 * random.next()));
    if (at >= lastMs) return [...parts, part(Math.max(lastMs, timeMs + minuteMs), "closing")];
    parts.push(part(at, "middle"));
  }
}
