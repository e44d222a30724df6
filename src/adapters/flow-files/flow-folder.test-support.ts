import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import type { FlowReadOptions } from "../../app/flow-source.ts";
import { noClusterFacts } from "../../pipeline/flows/cluster-facts.ts";
import type { Harvest } from "../../pipeline/flows/harvest.ts";
import { readFlows, type ReadingMachine } from "./read-flows.ts";

const options: FlowReadOptions = { format: undefined, facts: noClusterFacts, clusterNetworks: [], serviceNetworks: [] };

/** A folder of its own for one test file. */
export class FlowFolderForTest {
  readonly path = mkdtempSync(join(tmpdir(), "postern-flows-"));

  remove(): void {
    rmSync(this.path, { recursive: true, force: true });
  }

  file(name: string, content: string | Buffer): string {
    const path = join(this.path, name);
    mkdirSync(join(path, ".."), { recursive: true });
    writeFileSync(path, content);
    return path;
  }

  folder(name: string, files: Readonly<Record<string, string>>): readonly string[] {
    mkdirSync(join(this.path, name));
    for (const [path, content] of Object.entries(files)) this.file(join(name, path), content);
    return [join(this.path, name)];
  }

  linkToNothing(name: string): string {
    symlinkSync("gone", join(this.path, name));
    return join(this.path, name);
  }

  /** Code and sentence of each failure, a line each, without this folder's path. */
  async failure(inputs: readonly string[], more: Partial<FlowReadOptions> = {}): Promise<string> {
    const result = await readFlows(inputs, { ...options, ...more }, { stdin: Readable.from([]) });
    if (result.ok) return "read";
    return result.error.map(({ code, message }) => `${code}: ${message.replaceAll(`${this.path}/`, "")}`).join("\n");
  }
}

export async function readForTest(
  inputs: readonly string[],
  more: Partial<FlowReadOptions & ReadingMachine> = {},
  stdin = "",
): Promise<Harvest> {
  const result = await readFlows(inputs, { ...options, ...more }, { stdin: Readable.from([Buffer.from(stdin)]) });
  if (!result.ok) throw new Error(result.error.map(({ message }) => message).join("; "));
  return result.value;
}

export function recordForTest(i: number, padding = ""): string {
  return JSON.stringify({
    SrcK8S_Namespace: `ns-${i % 7}`,
    SrcK8S_OwnerName: `app-${i % 11}`,
    SrcK8S_OwnerType: "Deployment",
    SrcK8S_Type: "Pod",
    SrcAddr: `10.128.0.${i % 250}`,
    DstAddr: i % 13 === 0 ? `2001:db8::${(i % 50).toString(16)}` : `198.51.${i % 3}.${i % 100}`,
    SrcPort: 40_000,
    DstPort: 443,
    Proto: 6,
    Bytes: i,
    TimeFlowStartMs: 1_788_251_400_000 + i * 60_000,
    TimeFlowEndMs: 1_788_251_400_000 + i * 60_000 + 5,
    padding,
  });
}
