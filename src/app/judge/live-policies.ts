import { createHash } from "node:crypto";
import type { EgressPolicy, Finding } from "../../core/policy/model.ts";
import type { LivePolicy } from "./cluster-reader.ts";
import type { PolicyTexts } from "./judge-ports.ts";

/** An object that is in force, read: policies of Cilium may stem several from one. */
export interface ReadPolicy {
  readonly live: LivePolicy;
  /** Stands for a file: places of {@link policies} and {@link findings} name it. */
  readonly path: string;
  readonly policies: readonly EgressPolicy[];
  readonly findings: readonly Finding[];
}

/** What is in force in a namespace. */
export interface LiveReading {
  /** False: the cluster could not be asked. */
  readonly isKnown: boolean;
  readonly objects: readonly ReadPolicy[];
  readonly policies: readonly EgressPolicy[];
  /** Texts of what policies point to and that decides nothing itself, and what they are called: `Tier/default`. */
  readonly context: readonly string[];
  readonly contextNames: ReadonlySet<string>;
  /** The same as long as nothing changes. */
  readonly key: string;
}

/** Objects that policies point to, and that decide nothing themselves. */
const contexts: ReadonlySet<string> = new Set(["Tier", "NetworkSet", "GlobalNetworkSet"]);

export function readLivePolicies(live: readonly LivePolicy[] | undefined, texts: PolicyTexts): LiveReading {
  const all = live ?? [];
  const pointedTo = all.filter(({ kind }) => contexts.has(kind));
  const context = pointedTo.map(({ manifest }) => manifest);
  const objects = all.filter(({ kind }) => !contexts.has(kind)).map((own) => readOne(own, context, texts));
  return {
    isKnown: live !== undefined,
    objects,
    policies: objects.flatMap(({ policies }) => policies),
    context,
    contextNames: new Set(pointedTo.map(({ kind, name }) => `${kind}/${name}`)),
    key: textKey(live === undefined ? ["unknown"] : all.map(({ manifest }) => manifest)),
  };
}

/** What policies point to stands behind the object, so that the object's own places stay right. */
function readOne(live: LivePolicy, context: readonly string[], texts: PolicyTexts): ReadPolicy {
  const { kind, namespace = "", name, manifest } = live;
  const path = `${namespace === "" ? "cluster" : namespace}/${kind}/${name}.yaml`;
  const { policies, findings } = texts.policiesIn(path, withContext(manifest, context), {});
  return { live, path, policies, findings };
}

export function withContext(manifest: string, context: readonly string[]): string {
  if (context.length === 0 || !manifest.includes("projectcalico.org")) return manifest;
  return [manifest.endsWith("\n") ? manifest : `${manifest}\n`, ...context].join("---\n");
}

/** SHA-256 of texts, each apart from the next. */
export function textKey(texts: readonly string[]): string {
  const hash = createHash("sha256");
  for (const text of texts) hash.update(`${text.length}\n`).update(text);
  return hash.digest("hex");
}
