/**
 * What the shop talks to beyond the cluster. Public addresses are from the ranges reserved for documentation (RFC 5737,
 * RFC 3849), names from `.example` (RFC 2606), the data centre behind the VPN from RFC 1918.
 */
export interface Outside {
  /** What the application asks DNS for; undefined where it is configured by address. */
  readonly name: string | undefined;
  readonly protocol: "tcp" | "udp";
  readonly port: number;
  readonly addresses: readonly string[];
  readonly addresses6: readonly string[];
  /** Answers hold `atOnce` addresses; every `everyHours` the window moves on by `step`. Undefined: all, always. */
  readonly rotation: Rotation | undefined;
  readonly typical: Exchange;
}

interface Rotation {
  readonly atOnce: number;
  readonly step: number;
  readonly everyHours: number;
}

/** Sizes in bytes as the application sees them, duration, and the time of one round trip. */
interface Exchange {
  readonly sent: number;
  readonly received: number;
  readonly seconds: number;
  readonly rttMs: number;
}

interface Addresses {
  readonly v4: readonly string[];
  readonly v6?: readonly string[];
  readonly rotation?: Rotation;
}

function service(
  name: string | undefined,
  [protocol, port]: readonly ["tcp" | "udp", number],
  { v4, v6 = [], rotation }: Addresses,
  [sent, received, seconds, rttMs]: readonly [number, number, number, number],
): Outside {
  const typical = { sent, received, seconds, rttMs };
  return { name, protocol, port, addresses: v4, addresses6: v6, rotation, typical };
}

/** `block("192.0.2", 17, 30)` is 192.0.2.17 to 192.0.2.30. */
function block(prefix: string, first: number, last: number): readonly string[] {
  return Array.from({ length: last - first + 1 }, (_, index) => `${prefix}.${first + index}`);
}

const https = ["tcp", 443] as const;
const ssh = ["tcp", 22] as const;

/** The payment provider answers from two small ranges; within the week all of both are seen. */
const paymentAddresses: Addresses = {
  v4: [...block("192.0.2", 17, 30), ...block("198.51.100", 65, 78)],
  rotation: { atOnce: 4, step: 3, everyHours: 8 },
};

/** Object storage moves through most of a /25 within the week and has never been seen whole. */
const storageAddresses: Addresses = {
  v4: block("203.0.113", 129, 254),
  rotation: { atOnce: 8, step: 4, everyHours: 6 },
};

const intakeAddresses: Addresses = {
  v4: block("198.51.100", 20, 23),
  v6: ["2001:db8:7e1e::20", "2001:db8:7e1e::21"],
};
const traceAddresses: Addresses = { v4: block("198.51.100", 24, 25), v6: ["2001:db8:7e1e::24"] };
const timeAddresses: Addresses = {
  v4: block("192.0.2", 200, 207),
  v6: ["2001:db8:123::1"],
  rotation: { atOnce: 4, step: 3, everyHours: 24 },
};
const imageAddresses: Addresses = { v4: block("192.0.2", 100, 102), v6: ["2001:db8:1ab::100"] };
const relayAddresses: Addresses = { v4: block("198.51.100", 10, 11), v6: ["2001:db8:25::10"] };
const taxAddresses: Addresses = { v4: ["198.51.100.50"], v6: ["2001:db8:7a::50"] };

/** Columns: name, port, addresses, then bytes sent, bytes received, seconds, round trip in milliseconds. */
export const outside = {
  rates: service("rates.currency.example", https, { v4: block("192.0.2", 80, 81) }, [1900, 9000, 0.4, 18]),
  search: service("eu.search.example", https, { v4: block("198.51.100", 30, 31) }, [4200, 38e3, 1.2, 11]),
  tax: service("api.tax.example", https, taxAddresses, [2400, 6000, 0.5, 24]),
  payments: service("api.payments.example", https, paymentAddresses, [5200, 7400, 1.6, 14]),
  risk: service("risk.payments.example", https, { v4: block("192.0.2", 40, 41) }, [3100, 4800, 0.7, 15]),
  objects: service("objects.eu1.storage.example", https, storageAddresses, [42e3, 260e3, 3, 8]),
  relay: service("smtp.relay.example", ["tcp", 587], relayAddresses, [26e3, 5200, 2.5, 21]),
  partner: service("sftp.partner.example", ssh, { v4: ["203.0.113.40"] }, [480e3, 9500, 12, 33]),
  clearing: service("files.clearing-bank.example", https, { v4: ["203.0.113.60"] }, [190e3, 8800, 6, 29]),
  telemetry: service("intake.telemetry.example", https, intakeAddresses, [88e3, 6100, 2, 16]),
  traces: service("otlp.telemetry.example", ["tcp", 4317], traceAddresses, [64e3, 5200, 20, 16]),
  time: service("pool.ntp.example", ["udp", 123], timeAddresses, [48, 48, 0.03, 12]),
  images: service("registry.images.example", https, imageAddresses, [9000, 18e6, 9, 9]),
  packages: service("packages.modules.example", https, { v4: block("192.0.2", 110, 111) }, [6000, 2.4e6, 3, 13]),
  forge: service("git.forge.example", ssh, { v4: ["192.0.2.115"] }, [7000, 900e3, 2, 19]),
} as const;

/** The old data centre; administrators gave it a label of its own in the flow collector. */
export const dataCentre = { prefix: "10.20.", label: "EXT:datacentre", database: "10.20.30.40" };

/** Addresses a query for the service is answered with in an hour of the week, IPv4 before IPv6. */
export function answer({ addresses, addresses6, rotation }: Outside, hourOfWeek: number): readonly string[] {
  if (rotation === undefined) return [...addresses, ...addresses6];
  const first = Math.floor(hourOfWeek / rotation.everyHours) * rotation.step;
  const window = Array.from({ length: rotation.atOnce }, (_, index) => {
    const address = addresses[(first + index) % addresses.length];
    if (address === undefined) throw new Error("a rotation needs addresses");
    return address;
  });
  return [...window, ...addresses6];
}
