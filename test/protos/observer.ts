import { loadSync, type ServiceDefinition } from "@grpc/proto-loader";

/** Every field of `GetFlowsResponse` by its original name; see observer.proto. */
export type GetFlowsResponse = Readonly<Record<string, unknown>>;

const definitions = loadSync("observer.proto", {
  includeDirs: [import.meta.dirname],
  keepCase: true,
  longs: Number,
  defaults: true,
});

export const observerService = definitions["observer.Observer"] as ServiceDefinition;
const getFlows = observerService.GetFlows!;

export const encodeGetFlowsResponse = (response: GetFlowsResponse): Buffer => getFlows.responseSerialize(response);
export const decodeGetFlowsResponse = (bytes: Buffer): object => getFlows.responseDeserialize(bytes);

/** `GetFlowsResponse` as Hubble prints it in JSON, as the encoder wants it: times and wrapped booleans as messages. */
export function responseFromJson(printed: Readonly<Record<string, unknown>>): GetFlowsResponse {
  const flow = printed.flow as Readonly<Record<string, unknown>> | undefined;
  return {
    ...withTime(printed),
    ...(flow === undefined
      ? {}
      : { flow: { ...withTime(flow), ...("is_reply" in flow ? { is_reply: { value: flow.is_reply } } : {}) } }),
  };
}

function withTime(message: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return typeof message.time === "string" ? { ...message, time: timestampOf(message.time) } : message;
}

/** RFC 3339 text with up to nine digits of a second. */
export function timestampOf(text: string): { readonly seconds: number; readonly nanos: number } {
  const fraction = /\.(\d{1,9})/.exec(text)?.[1] ?? "";
  return { seconds: Math.floor(Date.parse(text) / 1000), nanos: Number(fraction.padEnd(9, "0")) };
}
