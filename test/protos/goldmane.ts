import { loadSync, type ServiceDefinition } from "@grpc/proto-loader";

const definitions = loadSync("goldmane.proto", {
  includeDirs: [import.meta.dirname],
  keepCase: true,
  longs: Number,
  defaults: true,
});

export const flowsService = definitions["goldmane.Flows"] as ServiceDefinition;
const stream = flowsService.Stream!;
const oldStream = (definitions["goldmane.OldFlows"] as ServiceDefinition).Stream!;

/** `FlowResult`, by its original names; see goldmane.proto. */
export const encodeFlowResult = (result: object): Buffer => stream.responseSerialize(result);
/** As builds before Calico 3.30 wrote it. */
export const encodeOldFlowResult = (result: object): Buffer => oldStream.responseSerialize(result);
