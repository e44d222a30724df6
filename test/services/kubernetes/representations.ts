import type { KubernetesObject } from "./object-store.ts";

/** In which shape a client wants objects: whole, without all but metadata, or as rows to print. */
export type Shape = "object" | "metadata" | "table";

export function shapeOf(accept: string): Shape {
  for (const part of accept.split(",")) {
    const as = /;as=(\w+)/.exec(part)?.[1];
    if (as === "Table" && part.includes("v=v1;")) return "table";
    if (as === "Table" && part.endsWith("v=v1")) return "table";
    if (as?.startsWith("PartialObjectMetadata") === true) return "metadata";
    if (as === undefined && /json|\*\/\*/.test(part)) return "object";
  }
  return "object";
}

export function shapedItem(object: KubernetesObject, shape: Shape): object {
  if (shape === "table") return tableOf([object], object.metadata.resourceVersion ?? "", "");
  return shape === "object" ? object : partial(object);
}

export function shapedList(
  kind: string,
  apiVersion: string,
  items: readonly KubernetesObject[],
  { version, next, remaining }: { readonly version: string; readonly next: string; readonly remaining: number },
  shape: Shape,
): object {
  if (shape === "table") return tableOf(items, version, next);
  const isMetadata = shape === "metadata";
  return {
    kind: isMetadata ? "PartialObjectMetadataList" : `${kind}List`,
    apiVersion: isMetadata ? "meta.k8s.io/v1" : apiVersion,
    metadata: {
      resourceVersion: version,
      ...(next === "" ? {} : { continue: next, remainingItemCount: remaining }),
    },
    // Items of a list do not name their kind.
    items: items.map((item) => {
      if (isMetadata) return partial(item);
      const { kind: _, apiVersion: __, ...rest } = item;
      return rest;
    }),
  };
}

function partial({ metadata }: KubernetesObject): object {
  return { kind: "PartialObjectMetadata", apiVersion: "meta.k8s.io/v1", metadata };
}

function tableOf(items: readonly KubernetesObject[], resourceVersion: string, next: string): object {
  const column = (name: string, type: string, format = ""): object => ({
    name,
    type,
    format,
    description: "",
    priority: 0,
  });
  return {
    kind: "Table",
    apiVersion: "meta.k8s.io/v1",
    metadata: { resourceVersion, ...(next === "" ? {} : { continue: next }) },
    columnDefinitions: [column("Name", "string", "name"), column("Status", "string"), column("Age", "string")],
    rows: items.map((item) => ({
      cells: [item.metadata.name, (item.status as { phase?: string } | undefined)?.phase ?? "", "1m"],
      object: partial(item),
    })),
  };
}

export function statusOf(code: number, reason: string, message: string): object {
  return { kind: "Status", apiVersion: "v1", metadata: {}, status: "Failure", message, reason, code };
}
