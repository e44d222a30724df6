import { printable } from "../quoted.ts";
import type { SourceLocation } from "./model.ts";

/** Where a value stands in a document: keys and list indexes from the root. */
export type Path = readonly (string | number)[];

/** Gives the place of a path in its source; for a path that is not there, the nearest enclosing value that is. */
export type Locate = (path: Path) => SourceLocation;

/** One object as it was written: any JSON value, and where its parts stand. */
export interface Manifest {
  readonly value: unknown;
  readonly locate: Locate;
}

/** `spec.egress[3].to.cidrSelector`, `metadata.labels["app.kubernetes.io/name"]`; empty for the root. */
export function formatPath(path: Path): string {
  let text = "";
  for (const segment of path) {
    if (typeof segment === "number") text += `[${segment}]`;
    else if (!/^[A-Za-z_$][\w$-]*$/.test(segment)) text += `[${printable(JSON.stringify(segment))}]`;
    else text += text === "" ? segment : `.${segment}`;
  }
  return text;
}

export interface KindOfManifest {
  readonly apiVersion: string;
  readonly kind: string;
}

/** What the object says it is; undefined for anything that is not a Kubernetes object. */
export function kindOf(value: unknown): KindOfManifest | undefined {
  const apiVersion = ownField(value, "apiVersion");
  const kind = ownField(value, "kind");
  return typeof apiVersion === "string" && typeof kind === "string" ? { apiVersion, kind } : undefined;
}

/** An own property of an untrusted value; undefined where there is none. */
export function ownField(value: unknown, key: string): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value) || !Object.hasOwn(value, key))
    return undefined;
  return (value as Record<string, unknown>)[key];
}
