import type { DraftMetadata, DraftPort } from "../draft.ts";
import type { Action, LabelSelector } from "../model.ts";
import type { PrintedValue } from "../printed-manifest.ts";
import { policyApiVersions } from "./header.ts";

type PrintedObject = Readonly<Record<string, PrintedValue>>;

/** apiVersion, kind and metadata, without a namespace for kinds of the whole cluster; labels and annotations by name. */
export function printHeader({ kind, name, namespace, labels = {}, annotations = {} }: DraftMetadata): PrintedObject {
  return {
    apiVersion: policyApiVersions[kind],
    kind,
    metadata: {
      name,
      ...(namespace === "" ? {} : { namespace }),
      ...(Object.keys(labels).length === 0 ? {} : { labels: sortedByKey(labels) }),
      ...(Object.keys(annotations).length === 0 ? {} : { annotations: sortedByKey(annotations) }),
    },
  };
}

function sortedByKey(entries: Readonly<Record<string, string>>): PrintedObject {
  return Object.fromEntries(Object.entries(entries).toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

export function printAction(action: Action): string {
  return action === "allow" ? "Allow" : "Deny";
}

export function printPort({ protocol, port }: DraftPort): PrintedObject {
  return { protocol: protocol.toUpperCase(), port };
}

/** `matchLabels` where one value is asked for, `matchExpressions` for everything else; `{}` selects everything. */
export function printLabelSelector({ requirements }: LabelSelector): PrintedObject {
  const matchLabels: Record<string, string> = {};
  const matchExpressions: PrintedObject[] = [];
  for (const { key, operator, values } of requirements) {
    const [value, ...others] = values;
    const isLabel = operator === "In" && value !== undefined && others.length === 0;
    if (isLabel && !Object.hasOwn(matchLabels, key)) matchLabels[key] = value;
    else matchExpressions.push({ key, operator, ...(values.length === 0 ? {} : { values }) });
  }
  return {
    ...(Object.keys(matchLabels).length === 0 ? {} : { matchLabels }),
    ...(matchExpressions.length === 0 ? {} : { matchExpressions }),
  };
}
