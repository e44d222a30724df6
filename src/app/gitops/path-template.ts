import type { PlacedObject } from "./placed-object.ts";

const parts = ["cluster", "namespace", "kind", "name"] as const;

/** `clusters/{cluster}/{namespace}/{kind}.yaml`, filled in; `{kind}` as `egress-firewall`. */
export function filledPath(template: string, object: PlacedObject): string {
  return template.replaceAll(/\{(\w+)\}/g, (whole, part: string) => valueOf(part, object) ?? whole);
}

/** Why a template is none; undefined when it is one. */
export function templateTrouble(template: string, allowed: readonly string[] = parts): string | undefined {
  const unknown = [...template.matchAll(/\{([^}]*)\}?/g)].find(
    ([whole, part = ""]) => !whole.endsWith("}") || !allowed.includes(part),
  );
  if (unknown !== undefined)
    return `\`${unknown[0]}\` stands for nothing; there are ${allowed.map((part) => `\`{${part}}\``).join(", ")}`;
  const isInside = template
    .split("/")
    .every((part) => part !== "" && part !== "." && part !== ".." && part.toLowerCase() !== ".git");
  return isInside && !/\\|\p{Cc}/u.test(template)
    ? undefined
    : "is to be a path inside the repository, such as `clusters/{cluster}`";
}

/** The folder that everything of a cluster lies in: what of the template comes before the namespace, the kind and the name. */
export function searchFolder(template: string, object: PlacedObject): string {
  const fixed: string[] = [];
  for (const part of template.split("/").slice(0, -1)) {
    if (/\{(?:namespace|kind|name)\}/.test(part)) break;
    fixed.push(part);
  }
  return filledPath(fixed.join("/"), object);
}

function valueOf(part: string, { cluster, namespace, kind, name }: PlacedObject): string | undefined {
  switch (part) {
    case "cluster":
      return asPathPart(cluster);
    case "namespace":
      return asPathPart(namespace === "" ? "cluster-wide" : namespace);
    case "kind":
      return kind.replaceAll(/(?<=[a-z])(?=[A-Z])/g, "-").toLowerCase();
    case "name":
      return asPathPart(name);
    default:
      return undefined;
  }
}

/** Names come from clusters: nothing of them leaves the folder. */
function asPathPart(name: string): string {
  const clean = name.replaceAll(/[^A-Za-z0-9._-]/g, "-").replace(/^\.+/, "-");
  return clean === "" || clean.toLowerCase() === ".git" ? "-" : clean.slice(0, 253);
}
