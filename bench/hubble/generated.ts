/** What one writes with the usual library: objects of every message, edges in a map of strings. */
import { Client, credentials } from "@grpc/grpc-js";
import { observerService } from "../../test/protos/observer.ts";

interface Flow {
  readonly time: { readonly seconds: number };
  readonly uuid: string;
  readonly IP: { readonly destination: string };
  readonly l4: { readonly TCP?: { readonly destination_port: number; readonly flags: { readonly SYN: boolean } } };
  readonly source: {
    readonly namespace: string;
    readonly pod_name: string;
    readonly workloads: readonly { readonly name: string; readonly kind: string }[];
  };
  readonly destination_names: readonly string[];
}

const [port = "0", count = "0"] = process.argv.slice(2);
const getFlows = observerService.GetFlows!;
const edges = new Map<string, { flows: number; first: number; last: number; names: Set<string> }>();
const seen = new Set<string>();
let flows = 0;
const start = performance.now();
const client = new Client(`127.0.0.1:${port}`, credentials.createInsecure());
const call = client.makeServerStreamRequest(
  getFlows.path,
  getFlows.requestSerialize,
  getFlows.responseDeserialize as (bytes: Buffer) => { readonly flow: Flow },
  { follow: true },
);
call.on("error", () => undefined);
call.on("data", ({ flow }: { readonly flow: Flow }) => {
  if (seen.has(flow.uuid)) return;
  seen.add(flow.uuid);
  if (seen.size > 20_000) seen.clear();
  flows += 1;
  const { namespace, workloads } = flow.source;
  const owner = workloads[0];
  const to = `${flow.IP.destination} ${flow.l4.TCP?.destination_port}`;
  const key = `${namespace} ${owner?.kind}/${owner?.name} ${to}`;
  const edge = edges.get(key) ?? { flows: 0, first: flow.time.seconds, last: 0, names: new Set<string>() };
  edge.flows += flow.l4.TCP?.flags.SYN === true ? 1 : 0;
  edge.last = Math.max(edge.last, flow.time.seconds);
  for (const name of flow.destination_names) edge.names.add(name);
  edges.set(key, edge);
  if (flows < Number(count)) return;
  console.log(JSON.stringify({ seconds: (performance.now() - start) / 1000, flows, edges: edges.size }));
  call.cancel();
  client.close();
});
