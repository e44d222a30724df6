/** Columns of the plain form; the documented name of each comes first. */
export const columns = {
  cluster: ["cluster"],
  namespace: ["namespace", "ns", "source_namespace", "src_namespace"],
  workload: ["workload", "owner", "source_workload", "src_workload"],
  pod: ["pod", "source_pod", "src_pod", "pod_name"],
  source: ["source", "src", "source_address", "source_ip", "src_ip", "src_addr"],
  destination: [
    "destination",
    "dst",
    "dest",
    "address",
    "cidr",
    "ip",
    "destination_address",
    "destination_ip",
    "dst_ip",
    "dst_addr",
    "dest_ip",
  ],
  port: ["port", "destination_port", "dst_port", "dest_port"],
  protocol: ["protocol", "proto"],
  name: ["name", "host", "hostname", "fqdn", "dns_name", "domain", "destination_name"],
  bytes: ["bytes"],
  time: ["time", "timestamp", "first_seen", "start", "ts"],
  last: ["last_seen", "end"],
  verdict: ["verdict", "action"],
  count: ["count", "flows", "connections"],
} as const;

export type Column = keyof typeof columns;
export const columnNames = Object.keys(columns) as readonly Column[];
/** The slot of each column: its place in `columnNames`. */
export const columnSlot = Object.fromEntries(columnNames.map((column, i) => [column, i])) as Readonly<
  Record<Column, number>
>;

/** The column a heading stands for: case, blanks and the usual separators do not matter. */
export function columnOf(heading: string): Column | undefined {
  const plain = (text: string): string => text.toLowerCase().replaceAll(/[^a-z0-9]/g, "");
  const wanted = plain(heading);
  return columnNames.find((column) => columns[column].some((alias) => plain(alias) === wanted));
}
