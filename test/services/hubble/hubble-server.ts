import {
  Server,
  type ServerUnaryCall,
  type ServerWritableStream,
  status,
  type UntypedServiceImplementation,
} from "@grpc/grpc-js";
import { observerService } from "../../protos/observer.ts";
import { bindServer } from "./bind-server.ts";
import type { Certificates } from "./certificates.ts";

interface Timestamp {
  readonly seconds: number;
  readonly nanos: number;
}
interface GetFlowsRequest {
  readonly number: number;
  readonly follow: boolean;
  readonly first: boolean;
  readonly since: Timestamp | null;
  readonly field_mask: { readonly paths: readonly string[] } | null;
  readonly whitelist: readonly { readonly traffic_direction: readonly number[] }[];
}
export interface Event {
  readonly node: string;
  readonly atMs: number;
  readonly response: object;
}
type FlowsCall = ServerWritableStream<GetFlowsRequest, object>;

/** What a flow to the outside looks like; the source port tells which one it is. */
export function flowEvent(node: string, atMs: number, port: number, more: object = {}): Event {
  const time = { seconds: Math.floor(atMs / 1000), nanos: (atMs % 1000) * 1_000_000 };
  const flow = {
    time,
    verdict: "FORWARDED",
    IP: { source: "10.128.0.7", destination: "198.51.100.7", ipVersion: "IPv4" },
    l4: { TCP: { source_port: port, destination_port: 443, flags: { SYN: true } } },
    source: {
      identity: 4711,
      namespace: "shop",
      pod_name: "cart-0",
      workloads: [{ name: "cart", kind: "StatefulSet" }],
    },
    destination: { identity: 2, labels: ["reserved:world"] },
    Type: "L3_L4",
    node_name: node,
    event_type: { type: 4, sub_type: 3 },
    traffic_direction: "EGRESS",
    trace_observation_point: "TO_STACK",
    is_reply: { value: false },
    ...more,
  };
  return { node, atMs, response: { flow, node_name: node, time } };
}

/** A relay as far as a client can tell: rings of events by node, followed from a time on. */
export class HubbleServer {
  readonly requests: GetFlowsRequest[] = [];
  readonly calls = new Set<FlowsCall>();
  port = 0;
  host = "127.0.0.1";
  /** Events that a node keeps. */
  ringSize = 4095;
  /** Fails calls with a list of fields, as servers do that do not know one of them. */
  refusesFieldMask: "no" | "by-status" | "by-node" = "no";
  /** Of such calls only those that ask for this field. */
  unknownField: string | undefined;
  /** Knows no `first`, as older servers. */
  refusesFirst = false;
  /** Answers nothing at all. */
  isStalled = false;
  /** Turns so many calls away. */
  busyFor = 0;
  unavailableNodes = 0;
  authorization: string | undefined;
  askedForStatus = 0;
  private rings = new Map<string, Event[]>();
  private seen = 0;
  private server = new Server();

  /** Without certificates: without TLS. The client must show a certificate of `clientCa`, where one is named. */
  async listen(certificates?: Certificates, name = "server", clientCa?: string): Promise<this> {
    const implementation: UntypedServiceImplementation = {
      GetFlows: (call: FlowsCall) => this.getFlows(call),
      ServerStatus: (call: ServerUnaryCall<object, object>, answer: (error: null, value: object) => void) => {
        this.authorization = call.metadata.get("authorization")[0]?.toString();
        this.askedForStatus += 1;
        if (!this.isStalled) answer(null, this.status());
      },
    };
    this.server = new Server();
    this.server.addService(observerService, implementation);
    this.port = await bindServer(this.server, this.port, certificates, name, clientCa, this.host);
    return this;
  }

  /** Breaks all connections; `listen` opens the same port again. */
  close(): void {
    this.server.forceShutdown();
    this.calls.clear();
  }

  /** Ends the calls in an orderly way and stays. */
  endCalls(): void {
    for (const call of this.calls) call.end();
    this.calls.clear();
  }

  /** Keeps events, and sends them to those who follow. */
  push(...events: readonly Event[]): void {
    for (const event of events) {
      const ring = this.rings.get(event.node) ?? [];
      ring.push(event);
      this.seen += 1;
      if (ring.length > this.ringSize) ring.shift();
      this.rings.set(event.node, ring);
      for (const call of this.calls) call.write(event.response);
    }
  }

  /** Sends something without keeping it. */
  tell(response: object): void {
    for (const call of this.calls) call.write(response);
  }

  /** What a relay does, without a word, when it lost a node for a moment: the node begins where the call began. */
  repeat(node: string): void {
    for (const [index, call] of [...this.calls].entries()) {
      const { since } = this.requests.at(index - this.calls.size)!;
      for (const event of this.rings.get(node) ?? []) if (isSince(event, since)) call.write(event.response);
    }
  }

  private status(): object {
    const flows = [...this.rings.values()].reduce((sum, ring) => sum + ring.length, 0);
    return {
      num_flows: flows,
      max_flows: this.ringSize * Math.max(1, this.rings.size),
      seen_flows: this.seen,
      num_connected_nodes: { value: this.rings.size },
      num_unavailable_nodes: { value: this.unavailableNodes },
    };
  }

  private getFlows(call: FlowsCall): void {
    const { request } = call;
    if (this.isStalled) return;
    if (!request.first && this.busyFor > 0) {
      this.busyFor -= 1;
      return void call.emit("error", { code: status.RESOURCE_EXHAUSTED, details: "too many streams" });
    }
    if (request.first) {
      if (this.refusesFirst) return void call.emit("error", { code: status.INVALID_ARGUMENT, details: "no" });
      for (const ring of this.rings.values())
        for (const { response } of ring.slice(0, request.number)) call.write(response);
      return void call.end();
    }
    this.requests.push(request);
    const paths = request.field_mask?.paths ?? [];
    const isRefused = this.unknownField === undefined ? paths.length > 0 : paths.includes(this.unknownField);
    if (isRefused && this.refusesFieldMask === "by-status") {
      return void call.emit("error", { code: status.UNKNOWN, details: "invalid field mask" });
    }
    this.calls.add(call);
    call.on("cancelled", () => this.calls.delete(call));
    if (isRefused && this.refusesFieldMask === "by-node") {
      const names = [...this.rings.keys()];
      call.write({ node_status: { state_change: "NODE_ERROR", node_names: names, message: "invalid field mask" } });
      return;
    }
    call.write({ node_status: { state_change: "NODE_CONNECTED", node_names: [...this.rings.keys()] } });
    const kept = [...this.rings.values()].flat().filter((event) => isSince(event, request.since));
    for (const { response } of kept.toSorted((a, b) => a.atMs - b.atMs)) call.write(response);
  }
}

function isSince({ atMs }: Event, since: Timestamp | null): boolean {
  return since === null || atMs >= since.seconds * 1000 + since.nanos / 1_000_000;
}
