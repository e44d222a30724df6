import type { LiveSourceKind } from "../app/live/live-source-kind.ts";

/**
 * Kinds of live sources by the word of the configuration, each loaded when a configuration first names it: an observer
 * holds in memory only what it uses.
 */
export const liveSources: Readonly<Record<string, () => Promise<LiveSourceKind>>> = {
  capture: async () => (await import("../adapters/capture/source.ts")).captureSource,
  "flow-export": async () => (await import("../adapters/flow-export/source.ts")).flowExportSource,
  goldmane: async () => (await import("../adapters/grpc/goldmane/source.ts")).goldmaneSource,
  hubble: async () => (await import("../adapters/grpc/hubble/source.ts")).hubbleSource,
  "netobserv-kafka": async () => (await import("../adapters/kafka/source.ts")).netobservKafka,
  "netobserv-loki": async () => (await import("../adapters/loki/source.ts")).netobservLoki,
  "ovn-acl-log": async () => (await import("../adapters/acl-log/source.ts")).aclLogSource,
  "ovn-acl-syslog": async () => (await import("../adapters/syslog/source.ts")).aclSyslogSource,
  prometheus: async () => (await import("../adapters/prometheus/source.ts")).prometheusSource,
};
