import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { zstdDecompressSync } from "node:zlib";
import { decodeBatch } from "../../../src/app/live/decode-batch.ts";
import { formatIp } from "../../../src/core/net/ip.ts";
import type { SealedBatch } from "../../../src/pipeline/flows/sealed-batch.ts";

/** What a collector promises, in memory: each batch counts once, whatever was answered before. */
export class CollectorDouble {
  readonly flows = new Map<string, number>();
  readonly batches: SealedBatch[] = [];
  known = 0;
  dropped = 0;
  records = 0;
  /** Decides what becomes of a request: stored and told, stored without an answer, or not even looked at. */
  mood: () => "good" | "silent" | "busy" = () => "good";
  private readonly highest = new Map<string, number>();
  private readonly server: Server;

  constructor() {
    this.server = createServer((request, response) => {
      const answer = async (): Promise<void> => {
        const status = await this.take(request);
        if (status === undefined) request.socket.destroy();
        else response.writeHead(status, status === 503 ? { "retry-after": "0" } : {}).end();
      };
      void answer();
    });
  }

  async listen(port = 0): Promise<string> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.server.listen(port, "127.0.0.1", () => resolve());
    await promise;
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  async close(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.server.close(() => resolve());
    this.server.closeAllConnections();
    await promise;
  }

  private async take(request: IncomingMessage): Promise<number | undefined> {
    const chunks: Buffer[] = [];
    try {
      for await (const chunk of request) chunks.push(chunk as Buffer);
    } catch {
      // The observer was killed while it sent.
      return undefined;
    }
    const mood = this.mood();
    if (mood === "busy") return 503;
    const batch = decodeBatch(zstdDecompressSync(Buffer.concat(chunks)).toString());
    if (!batch.ok) return 400;
    this.store(batch.value);
    return mood === "silent" ? undefined : 200;
  }

  private store(batch: SealedBatch): void {
    const { observer, incarnation, sequence, edges, health } = batch;
    const life = `${observer} ${incarnation}`;
    if (sequence <= (this.highest.get(life) ?? 0)) {
      this.known += 1;
      return;
    }
    this.highest.set(life, sequence);
    this.batches.push(batch);
    for (const { address, port, flows } of edges) {
      const key = `${formatIp(address)}:${port}`;
      this.flows.set(key, (this.flows.get(key) ?? 0) + flows);
    }
    for (const { dropped, records } of health) {
      this.dropped += dropped;
      this.records += records;
    }
  }
}
