import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import type { CliPorts } from "../surfaces/cli/ports.ts";
import { divertInterrupt } from "./interruption.ts";

/** Adapters behind the command line's ports, each loaded when a command first needs it. */
export const ports: CliPorts = {
  readPolicies: async (paths, options) => {
    const { readPolicies } = await import("../adapters/manifests/read-policies.ts");
    return readPolicies(paths, options, { stdin: process.stdin });
  },
  readFlows: async (inputs, options) => {
    const [{ readFlows }, { nodeInitialCrypto: initialCrypto }] = await Promise.all([
      import("../adapters/flow-files/read-flows.ts"),
      import("../adapters/capture/node-initial-crypto.ts"),
    ]);
    return readFlows(inputs, options, { stdin: process.stdin, initialCrypto, divertInterrupt });
  },
  readCluster: async (paths) => {
    const { readCluster } = await import("../adapters/manifests/read-cluster.ts");
    return readCluster(paths, { stdin: process.stdin });
  },
  readKnowledge: async (request, options) => {
    const { readKnowledge } = await import("../adapters/knowledge/read-knowledge.ts");
    return readKnowledge(request, options);
  },
  hashFlows: async (inputs) => {
    const { hashInputs } = await import("../adapters/flow-files/hash-inputs.ts");
    return hashInputs(inputs);
  },
  readHistory: async (place) => {
    const { readHistory } = await import("./read-history.ts");
    return readHistory(place);
  },
  openHistory: async (folder, access) => {
    const { openDuckDbStore } = await import("../adapters/duckdb/edge-store.ts");
    return openDuckDbStore({ folder, access });
  },
  writeFiles: async (folder, files, signal) => {
    const { writeFiles } = await import("../adapters/output-folder/write-files.ts");
    return writeFiles(folder, files, signal);
  },
  manifests: async () => {
    const { manifestPort } = await import("../adapters/manifests/manifest-port.ts");
    return manifestPort;
  },
  policyFiles: async () => {
    const { policyFilesWith } = await import("../adapters/manifests/policy-files.ts");
    return policyFilesWith({ stdin: process.stdin });
  },
  readLines: async (path) => {
    try {
      return (await readFile(path, "utf8")).split(/\r?\n/);
    } catch {
      return undefined;
    }
  },
  serve: async (options) => {
    const { serve } = await import("./serve.ts");
    return serve(options);
  },
  openState: async (place, mayCreate = false) => {
    const { openState } = await import("./open-state.ts");
    return openState(place, mayCreate);
  },
  readSources: async (address, windowMinutes) => {
    const { readRemoteSources } = await import("../adapters/collector-client/sources.ts");
    return readRemoteSources(address, windowMinutes);
  },
  readRevision: async (revision, paths, from) => {
    const { readRevision } = await import("../adapters/git-revision/read-revision.ts");
    return readRevision(revision, paths, from);
  },
  laws: async () => (await import("./law-port.ts")).lawPort,
  audit: async () => (await import("./audit-port.ts")).auditPort,
  observer: async () => (await import("./observer-port.ts")).observerPort(),
  sampleFolder: fileURLToPath(new URL("../../examples/shop/", import.meta.url)),
};
