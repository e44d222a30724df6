import { execFile } from "node:child_process";
import { promisify } from "node:util";

/** Names, DNS answers and connections of a capture, sorted, each once; names and answers in the words of `wordsOf`. */
export interface Reading {
  readonly claimed: readonly string[];
  readonly answers: readonly string[];
  /** `tcp 10.0.0.1:40000 198.51.100.7:443 120 B`: ends in the order of their text, and the bytes of both directions. */
  readonly connections: readonly string[];
}

/** Fields are separated by tabs, their occurrences by this. */
const between = "\u001f";
const dnsPorts = new Set(["53", "5353"]);
const recordType = { a: "1", cname: "5", aaaa: "28", svcb: "64", https: "65" } as const;

async function fields(capture: string, names: readonly string[]): Promise<readonly (readonly (readonly string[])[])[]> {
  const preferences = [
    "tcp.reassemble_out_of_order:TRUE",
    "udp.check_checksum:FALSE",
    "nameres.network_name:FALSE",
    "ip.defragment:TRUE",
  ].flatMap((preference) => ["-o", preference]);
  const shape = ["-Y", "ip || ipv6", "-T", "fields", "-E", `aggregator=${between}`];
  const args = ["-n", "-r", capture, ...shape, ...preferences, ...names.flatMap((name) => ["-e", name])];
  const { stdout } = await promisify(execFile)("tshark", args, { maxBuffer: 1 << 28 });
  return stdout
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => line.split("\t").map((cell) => (cell === "" ? [] : cell.split(between))));
}

const ends = ["ip.src", "ip.dst", "ipv6.src", "ipv6.dst", "tcp.srcport", "tcp.dstport", "udp.srcport", "udp.dstport"];

/** The innermost ends of a packet. */
function endsOf(row: readonly (readonly string[])[]): {
  source: string;
  destination: string;
  sourcePort: string;
  destinationPort: string;
  protocol: string;
} {
  const last = (index: number): string => row[index]?.at(-1) ?? "";
  // An inner packet of the other family is not told apart here: captures of the tests do not mix them in tunnels.
  const protocol = last(4) === "" ? "udp" : "tcp";
  const at = protocol === "tcp" ? 4 : 6;
  return {
    source: last(0) || last(2),
    destination: last(1) || last(3),
    sourcePort: last(at),
    destinationPort: last(at + 1),
    protocol,
  };
}

const dnsFields = [
  "dns.qry.name",
  "dns.count.answers",
  "dns.resp.name",
  "dns.resp.type",
  "dns.resp.ttl",
  "dns.a",
  "dns.aaaa",
  "dns.cname",
  "dns.svcb.svcparam.ipv4hint.ip",
  "dns.svcb.svcparam.ipv6hint.ip",
];

/** Adds bytes to the connection between two ends. */
export function addBytes(sums: Map<string, number>, protocol: string, ends: readonly string[], bytes: number): void {
  const key = `${protocol} ${ends.toSorted().join(" ")}`;
  sums.set(key, (sums.get(key) ?? 0) + bytes);
}

export function listed(sums: ReadonlyMap<string, number>): readonly string[] {
  return Array.from(sums, ([ends, bytes]) => `${ends} ${bytes} B`).toSorted();
}

const packetFields = ["frame.number", "frame.protocols", "ip.len", "ipv6.plen", "ip.fragment", "ipv6.fragment"];
const claimedFields = ["tls.handshake.type", "tls.handshake.extensions_server_name"];
const answerFields = ["dns.flags.response", "dns.flags.rcode", ...dnsFields];

/**
 * What tshark reads from a capture. Answers count when they come from a DNS port and are neither errors nor multicast; the
 * bytes of a datagram are those of all of its fragments.
 */
export async function readByTshark(capture: string): Promise<Reading> {
  const connections = new Map<string, number>();
  const claimed = new Set<string>();
  const answers = new Set<string>();
  const lengths = new Map<string, number>();
  const rows = await fields(capture, [...ends, ...packetFields, ...claimedFields, ...answerFields]);
  for (const row of rows) {
    const [[frame = ""] = [], [protocols = ""] = [], v4 = [], v6 = [], parts4 = [], parts6 = []] = row.slice(
      ends.length,
    );
    const bytes = v4.length === 0 ? Number(v6.at(-1)) + 40 : Number(v4.at(-1));
    lengths.set(frame, bytes);
    const { source, destination, sourcePort, destinationPort, protocol } = endsOf(row);
    if (sourcePort === "") continue;
    const parts = [...new Set([...parts4, ...parts6])];
    const all = parts.length === 0 ? bytes : parts.reduce((sum, part) => sum + (lengths.get(part) ?? 0), 0);
    addBytes(connections, protocol, [`${source}:${sourcePort}`, `${destination}:${destinationPort}`], all);
    const [hellos = [], names = [], [isResponse] = [], [code] = [], ...dns] = row.slice(
      ends.length + packetFields.length,
    );
    for (const name of hellos.includes("1") ? names : []) {
      claimed.add(`${source}:${sourcePort} → ${destination} ${protocol}/${destinationPort} is ${name} by tls-sni`);
    }
    const isAnswer = isTrue(isResponse) && code === "0" && !protocols.includes("mdns") && dnsPorts.has(sourcePort);
    const told = isAnswer ? answerOf(dns) : undefined;
    if (told !== undefined) answers.add(`${destination} was told ${told}`);
  }
  return { claimed: [...claimed].toSorted(), answers: [...answers].toSorted(), connections: listed(connections) };
}

/** As one version of tshark writes it, and the next. */
function isTrue(cell: string | undefined): boolean {
  return cell === "1" || cell === "True";
}

/** The addresses at the end of the question's chain, from the flat lists of all records of the message. */
function answerOf(row: readonly (readonly string[])[]): string | undefined {
  const [
    questions = [],
    counts = [],
    owners = [],
    types = [],
    ttls = [],
    a = [],
    aaaa = [],
    targets = [],
    v4 = [],
    v6 = [],
  ] = row;
  const values = { [recordType.a]: [...a], [recordType.aaaa]: [...aaaa], [recordType.cname]: [...targets] };
  const records = types.slice(0, Number(counts[0] ?? 0)).map((type, i) => ({
    type,
    owner: (owners[i] ?? "").toLowerCase(),
    ttl: Number(ttls[i]),
    value: type in values ? values[type as keyof typeof values].shift()!.toLowerCase() : "",
  }));
  let name = (questions[0] ?? "").toLowerCase();
  const chain = [name];
  const used: number[] = [];
  for (;;) {
    const alias = records.find(({ type, owner }) => type === recordType.cname && owner === name);
    if (alias === undefined || chain.includes(alias.value)) break;
    name = alias.value;
    chain.push(name);
    used.push(alias.ttl);
  }
  const found: string[] = [];
  for (const { type, owner, ttl, value } of records) {
    const isBinding = type === recordType.svcb || type === recordType.https;
    const addresses =
      owner !== name
        ? []
        : isBinding
          ? [...v4, ...v6]
          : type === recordType.a || type === recordType.aaaa
            ? [value]
            : [];
    if (addresses.length > 0) used.push(ttl);
    found.push(...addresses);
  }
  return found.length === 0 ? undefined : `${chain.join(" = ")} = ${found.join(" ")} for ${Math.min(...used)} s`;
}
