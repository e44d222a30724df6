/** What may be kept for all exporters together, and for one. Datagrams over UDP are cheap to make up. */
export interface FlowExportLimits {
  /** Streams of one exporter each: version, port where it matters, observation domain. */
  readonly sessions: number;
  readonly sessionsPerExporter: number;
  readonly templatesPerSession: number;
  readonly fieldsPerTemplate: number;
  /** Fields of all templates, each kept once; what a template and a stream that uses one take counts as fields, too. */
  readonly fields: number;
  /** Sets that wait for their template. */
  readonly waitingBytes: number;
  readonly waitingBytesPerSession: number;
  /** A template that was not repeated for so long is forgotten, and a set that waited for so long is given up. */
  readonly templateLifetimeMs: number;
}

/**
 * Open vSwitch repeats templates every 10 minutes, routers mostly every 30: three times that is what RFC 7011 section 8.4
 * asks for at least. Open vSwitch has some 120 templates: there is room for those of as many nodes as there are sessions.
 */
export const defaultFlowExportLimits: FlowExportLimits = {
  sessions: 2048,
  sessionsPerExporter: 64,
  templatesPerSession: 1024,
  fieldsPerTemplate: 1024,
  fields: 1 << 22,
  waitingBytes: 32 << 20,
  waitingBytesPerSession: 2 << 20,
  templateLifetimeMs: 90 * 60_000,
};

/**
 * Of one connection, whose templates hold until it ends: the exporter sends them once, so that none may be forgotten to
 * make room. Enough for three times the templates of Open vSwitch, and little enough for many connections.
 */
export const streamLimits: FlowExportLimits = {
  sessions: 16,
  sessionsPerExporter: 16,
  templatesPerSession: 1024,
  fieldsPerTemplate: 1024,
  fields: 1 << 15,
  waitingBytes: 256 << 10,
  waitingBytesPerSession: 256 << 10,
  templateLifetimeMs: Number.POSITIVE_INFINITY,
};
