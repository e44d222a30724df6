/** Codes of the columns `protocol`, `verdict` and `origin`: the place in these lists. They never change, only grow. */
export { protocols as protocolCodes } from "../../../core/net/l4.ts";
export { observedVerdicts as verdictCodes } from "../../../pipeline/flows/edge.ts";
export { nameOrigins as originCodes } from "../../../pipeline/flows/sealed-batch.ts";
/** Lengths of prefixes are kept one higher, so that a single address comes first. */
export const noPrefix = 0;
/** Of `protocol` and `port` where there is none. */
export const noProtocol = 255;
export const noPort = -1;

export const hourMs = 3_600_000;
export const dayHours = 24;

/** A name is evidence for flows that began at most this long after it was last heard; answers are cached, and not for ever. */
export const nameReachMs = 24 * hourMs;
/** Clocks of sources differ, and an answer may be reported after the flow that it led to. */
export const nameSlackMs = hourMs;
export const maxNamesPerEdge = 32;
