import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { openDuckDbStore } from "../../src/adapters/duckdb/edge-store.ts";
import { clusterFolder } from "../../src/adapters/manifests/cluster-folder.ts";
import { manifestPort } from "../../src/adapters/manifests/manifest-port.ts";
import { policyTexts } from "../../src/adapters/manifests/policy-texts.ts";
import type { EdgeStore } from "../../src/app/history/edge-store.ts";
import type { TrafficReader } from "../../src/app/history/traffic-reader.ts";
import type { JudgePorts } from "../../src/app/judge/judge-ports.ts";
import { builtInKnowledge } from "../../src/app/knowledge-source.ts";
import { runProgram } from "../cli/program.ts";

export const shopFolder: string = fileURLToPath(new URL("../../examples/shop/", import.meta.url));

/** The sample cluster `shop` with its week in a history, and what a judge needs of it. */
export interface Shop extends AsyncDisposable {
  readonly folder: string;
  readonly history: EdgeStore;
  readonly traffic: TrafficReader;
  readonly ports: JudgePorts;
  /** What is in force; may be changed. */
  readonly policies: string;
}

export async function shopForTest(): Promise<Shop> {
  const folder = mkdtempSync(join(tmpdir(), "postern-judge-"));
  const data = join(folder, "history");
  const policies = join(folder, "policies");
  cpSync(join(shopFolder, "policies"), policies, { recursive: true });
  const [flows, cluster] = [join(shopFolder, "flows"), join(shopFolder, "cluster")];
  const imported = await runProgram([
    "history",
    "import",
    flows,
    "--cluster",
    cluster,
    "--cluster-name",
    "shop",
    "--data",
    data,
  ]);
  if (imported.code !== 0) throw new Error(imported.stderr);
  const store = await openDuckDbStore({ folder: data, access: "read" });
  if (!store.ok) throw new Error(store.error.message);
  // The week is over for an hour.
  const nowMs = (): number => Date.UTC(2026, 2, 9, 1);
  const onTrouble = (message: string): void => {
    throw new Error(message);
  };
  const files = { cluster: "shop", dump: [cluster], policies: [policies] };
  return {
    folder,
    policies,
    history: store.value,
    traffic: store.value,
    ports: {
      history: store.value,
      clusters: clusterFolder(files, { nowMs: () => performance.now() * 1_000, onTrouble }),
      manifests: manifestPort,
      texts: policyTexts,
      knowledge: builtInKnowledge,
      never: [],
      networks: { pods: [], services: [] },
      lookBackDays: 30,
      nowMs,
    },
    [Symbol.asyncDispose]: async () => {
      await store.value.close();
      rmSync(folder, { recursive: true });
    },
  };
}
