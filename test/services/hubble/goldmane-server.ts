import { Server, type ServerUnaryCall, type ServerWritableStream } from "@grpc/grpc-js";
import { flowsService } from "../../protos/goldmane.ts";
import { bindServer } from "./bind-server.ts";
import type { Certificates } from "./certificates.ts";

interface FlowStreamRequest {
  readonly start_time_gte: number;
  readonly filter: { readonly reporter: number } | null;
}
interface FlowListRequest {
  readonly start_time_gte: number;
  readonly page_size: number;
}
type FlowsCall = ServerWritableStream<FlowStreamRequest, object>;

/** `<start>`: seconds of the bucket's beginning. */
export function goldmaneFlow(start: number, port: number, key: object = {}): object {
  return {
    id: port,
    flow: {
      Key: {
        source_name: "cart-5d4f6c7b8d-*",
        source_namespace: "shop",
        source_type: "WorkloadEndpoint",
        dest_name: "pub",
        dest_namespace: "-",
        dest_type: "Network",
        dest_port: port,
        proto: "tcp",
        reporter: "Src",
        action: "Allow",
        ...key,
      },
      start_time: start,
      end_time: start + 15,
      bytes_out: 1000,
      num_connections_started: 3,
    },
  };
}

/** A Goldmane as far as a client can tell: buckets in memory, streamed from a time on. It wants a client certificate. */
export class GoldmaneServer {
  readonly requests: FlowStreamRequest[] = [];
  readonly calls = new Set<FlowsCall>();
  readonly asked: FlowListRequest[] = [];
  /** Answers nothing at all. */
  isStalled = false;
  port = 0;
  private kept: { readonly start: number; readonly result: object }[] = [];
  private server = new Server();

  async listen(certificates: Certificates): Promise<this> {
    this.server = new Server();
    this.server.addService(flowsService, {
      Stream: (call: FlowsCall) => this.stream(call),
      List: (call: ServerUnaryCall<FlowListRequest, object>, answer: (error: null, value: object) => void) => {
        this.asked.push(call.request);
        if (!this.isStalled) answer(null, { flows: [] });
      },
    });
    this.port = await bindServer(this.server, this.port, certificates, "server", "ca");
    return this;
  }

  close(): void {
    this.server.forceShutdown();
    this.calls.clear();
  }

  endCalls(): void {
    for (const call of this.calls) call.end();
    this.calls.clear();
  }

  /** One flow a port, all in the bucket that begins at `start`. */
  push(start: number, ports: readonly number[], key: object = {}): void {
    for (const port of ports) {
      const result = goldmaneFlow(start, port, key);
      this.kept.push({ start, result });
      for (const call of this.calls) call.write(result);
    }
  }

  /** Forgets buckets that began before. */
  forget(start: number): void {
    this.kept = this.kept.filter((one) => one.start >= start);
  }

  private stream(call: FlowsCall): void {
    this.requests.push(call.request);
    this.calls.add(call);
    call.on("cancelled", () => this.calls.delete(call));
    const now = Math.floor(Date.now() / 1000);
    const asked = call.request.start_time_gte;
    const from = asked < 0 ? now + asked : asked;
    // Goldmane looks for the bucket of that time. When it keeps none, nothing but news is sent; zero asks for no more.
    if (from < 15 * Math.floor(now / 15) - 3600) return;
    for (const { start, result } of this.kept) if (start >= from) call.write(result);
  }
}
