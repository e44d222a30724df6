import { allAddresses, type IpSet } from "../../../net/ip-set.ts";
import { quoted } from "../../../quoted.ts";
import { destinationKey } from "../../destination-key.ts";
import { everyLabel, formatLabelSelector } from "../../label-selector.ts";
import type { Path } from "../../manifest.ts";
import type { Destination, LabelSelector } from "../../model.ts";
import { field, type Fields, type Inspection } from "../inspection.ts";
import { readLabelSelector } from "../selector.ts";
import { readBlock, type ReadBlock, readBlockSet } from "./blocks.ts";
import { endpointSelectorOf, isCiliumLabelKey } from "./labels.ts";
import { joinsLabels, readName, type ReadName } from "./names.ts";

export interface ReadDestination {
  readonly to: Destination;
  readonly outsideOnly: boolean;
  readonly text: string;
}

export interface ReadDestinations {
  /** Undefined: no destination is named, so every one is meant. */
  readonly list: readonly ReadDestination[] | undefined;
  /** Of `toFQDNs`, with where they stand. */
  readonly names: readonly { readonly name: ReadName; readonly path: Path }[];
}

export const denyFields = [
  "toEndpoints",
  "toCIDR",
  "toCIDRSet",
  "toEntities",
  "toServices",
  "toNodes",
  "toGroups",
] as const;
export const allowFields = [...denyFields, "toFQDNs"] as const;

type DestinationField = (typeof allowFields)[number];

/** The destinations of one rule: any of the entries of its one kind of destination. */
export function readDestinations(
  inspection: Inspection,
  rule: Fields,
  path: Path,
  known: readonly DestinationField[],
  isClusterWide: boolean,
): ReadDestinations {
  const given = known.filter((name) => field(rule, name) !== undefined);
  const lists = given.flatMap((name) => {
    const list = inspection.list(field(rule, name), [...path, name]);
    return list === undefined ? [] : [{ name, list }];
  });
  const filled = lists.filter(({ list }) => list.length > 0);
  if (filled.length > 1) {
    inspection.report(
      "cilium_destinations_mixed",
      path,
      `the rule has ${filled.map(({ name }) => `\`${name}\``).join(" and ")}`,
    );
  }
  if (given.length > 0 && filled.length === 0) {
    inspection.report("cilium_destination_none", [...path, given[0]!], `\`${given[0]}\` is empty`);
  }
  const names: { name: ReadName; path: Path }[] = [];
  const read = filled.flatMap(({ name, list }) =>
    list.flatMap((item, i): readonly ReadDestination[] => {
      const at = [...path, name, i];
      if (name !== "toFQDNs") return readers[name](inspection, item, at, isClusterWide);
      const found = readName(inspection, item, at);
      if (found === undefined) return [];
      if (joinsLabels(found)) {
        inspection.report("cilium_pattern_joins_labels", at, `${quoted(found.text)} has a star that touches a label`);
      }
      names.push({ name: found, path: at });
      return [{ to: { kind: "name", pattern: found.pattern }, outsideOnly: true, text: found.text }];
    }),
  );
  return { list: given.length === 0 ? undefined : given.includes("toEntities") ? joined(read) : read, names };
}

/** `host` and `remote-node` are told by the same addresses: once is enough. */
function joined(destinations: readonly ReadDestination[]): readonly ReadDestination[] {
  const byKey = new Map<string, ReadDestination>();
  for (const one of destinations) {
    const key = one.to.kind === "addresses" ? `${byKey.size}` : `${destinationKey(one.to)} ${one.outsideOnly}`;
    const known = byKey.get(key);
    const text = known === undefined || known.text === one.text ? one.text : `${known.text}, ${one.text}`;
    byKey.set(key, { ...one, text });
  }
  return [...byKey.values()];
}

type Reader = (
  inspection: Inspection,
  value: unknown,
  path: Path,
  isClusterWide: boolean,
) => readonly ReadDestination[];

const readers: Readonly<Record<Exclude<DestinationField, "toFQDNs">, Reader>> = {
  toEndpoints: readEndpoints,
  toCIDR: (inspection, value, path) => blockDestination(readBlock(inspection, value, path)),
  toCIDRSet: (inspection, value, path) => blockDestination(readBlockSet(inspection, value, path)),
  toEntities: readEntity,
  toServices: readService,
  toNodes: readNodes,
  toGroups: (inspection, value, path) => {
    inspection.fields(value ?? {}, path);
    return [unknownDestination("security groups of a cloud")];
  },
};

function blockDestination(block: ReadBlock | undefined): readonly ReadDestination[] {
  if (block === undefined) return [];
  const to: Destination =
    block.kind === "addresses"
      ? { kind: "addresses", addresses: block.addresses }
      : { kind: "unknown", text: block.text };
  return [{ to, outsideOnly: true, text: block.text }];
}

function unknownDestination(text: string, within?: Destination): ReadDestination {
  const to: Destination = { kind: "unknown", text, ...(within === undefined ? {} : { within: [within] }) };
  return { to, outsideOnly: false, text };
}

function readEndpoints(
  inspection: Inspection,
  value: unknown,
  path: Path,
  isClusterWide: boolean,
): readonly ReadDestination[] {
  const selector = readLabelSelector(inspection, value ?? {}, path, "cilium_selector", isCiliumLabelKey);
  if (selector === undefined) return [];
  const { namespaces, pods, reserved, notRecorded } = endpointSelectorOf(selector);
  const text = `endpoints ${formatLabelSelector(selector)}`;
  const [entity] = reserved;
  if (entity !== undefined && selector.requirements.length === 1 && Object.hasOwn(entities, entity)) {
    return entities[entity]!().map((each) => ({ ...each, text }));
  }
  if (reserved.length + notRecorded.length > 0) {
    const keys = [...notRecorded, ...reserved.map((name) => `reserved:${name}`)];
    inspection.report("cilium_label_not_recorded", path, `${quoted(keys[0])} is not in any record`);
    return [unknownDestination(text, { kind: "pods", namespaces: everyLabel, pods: everyLabel })];
  }
  const where = namespaces ?? (isClusterWide ? everyLabel : undefined);
  return [{ to: { kind: "pods", namespaces: where, pods }, outsideOnly: false, text }];
}

function readNodes(inspection: Inspection, value: unknown, path: Path): readonly ReadDestination[] {
  const selector = readLabelSelector(inspection, value ?? {}, path, "cilium_selector", isCiliumLabelKey);
  if (selector === undefined) return [];
  const { pods, notRecorded, reserved, namespaces } = endpointSelectorOf(selector);
  const text = `nodes ${formatLabelSelector(selector)}`;
  if (notRecorded.length + reserved.length > 0 || namespaces !== undefined) {
    return [unknownDestination(text, { kind: "nodes", selector: everyLabel })];
  }
  return [{ to: { kind: "nodes", selector: pods }, outsideOnly: false, text }];
}

function readService(inspection: Inspection, value: unknown, path: Path): readonly ReadDestination[] {
  const service = inspection.fields(value ?? {}, path);
  if (service === undefined) return [];
  inspection.unknownFields(service, ["k8sService", "k8sServiceSelector"], path);
  const named = field(service, "k8sService");
  if (named === undefined) return [unknownDestination("services by label")];
  const fields = inspection.fields(named, [...path, "k8sService"]);
  if (fields === undefined) return [];
  inspection.unknownFields(fields, ["serviceName", "namespace"], [...path, "k8sService"]);
  const part = (name: string): string => {
    const text = field(fields, name);
    return text === undefined ? "" : (inspection.text(text, [...path, "k8sService", name]) ?? "");
  };
  const namespace = part("namespace");
  return [unknownDestination(`service ${namespace === "" ? "" : `${namespace}/`}${part("serviceName")}`)];
}

function readEntity(inspection: Inspection, value: unknown, path: Path): readonly ReadDestination[] {
  const text = inspection.text(value, path);
  if (text === undefined) return [];
  const isStored = Object.hasOwn(entities, text) && !text.startsWith("world-");
  if (!isStored) {
    const fix = text.startsWith("world-ipv") ? { fix: "write `world`, or `toCIDR` with the whole family" } : {};
    inspection.report("cilium_entity", path, `${quoted(text)} is not an entity`, fix);
  }
  return Object.hasOwn(entities, text) ? entities[text]!() : [];
}

const addresses = (set: IpSet, outsideOnly: boolean, text: string): ReadDestination => ({
  to: { kind: "addresses", addresses: set },
  outsideOnly,
  text,
});
const nodes = (text: string): ReadDestination => ({
  to: { kind: "nodes", selector: everyLabel },
  outsideOnly: false,
  text,
});
const pods = (text: string, selector: LabelSelector | undefined): ReadDestination => ({
  to: { kind: "pods", namespaces: everyLabel, pods: selector },
  outsideOnly: false,
  text,
});
/** Endpoints inside the cluster that are no pods of anybody's. */
const identity = (name: string): ReadDestination =>
  pods(name, { requirements: [{ key: `reserved:${name}`, operator: "Exists", values: [] }] });

/**
 * What entities stand for (Cilium's pkg/policy/api/entity.go). Which node a pod ran on is not recorded, so that `host`,
 * its own node, and `remote-node`, all others, are any node here.
 */
const entities: Readonly<Record<string, () => readonly ReadDestination[]>> = {
  all: () => [addresses(allAddresses, false, "all")],
  world: () => [addresses(allAddresses, true, "world")],
  "world-ipv4": () => [addresses({ v4: allAddresses.v4, v6: [] }, true, "world-ipv4")],
  "world-ipv6": () => [addresses({ v4: [], v6: allAddresses.v6 }, true, "world-ipv6")],
  cluster: () => [pods("cluster", undefined), nodes("cluster")],
  host: () => [nodes("host")],
  "remote-node": () => [nodes("remote-node")],
  "kube-apiserver": () => [{ to: { kind: "api-server" }, outsideOnly: false, text: "kube-apiserver" }],
  init: () => [identity("init")],
  ingress: () => [identity("ingress")],
  health: () => [identity("health")],
  unmanaged: () => [identity("unmanaged")],
  none: () => [],
};
