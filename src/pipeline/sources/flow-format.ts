/** What the records of an input are; how they are framed (lines, an array, a Loki answer) is another matter. */
export type FlowFormat = "netobserv" | "hubble" | "calico" | "ovn-acl" | "plain" | "capture";

export const flowFormats: readonly FlowFormat[] = ["netobserv", "hubble", "calico", "ovn-acl", "plain", "capture"];
