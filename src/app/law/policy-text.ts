import { contextKindOf } from "../../core/policy/kinds/calico/context.ts";
import type { EgressPolicy } from "../../core/policy/model.ts";
import { decidesAlone } from "../../pipeline/propose/law/policy-kinds.ts";
import { readPolicySet } from "../policy-source.ts";
import type { ReadManifests } from "./read-law-text.ts";

/** One policy of a text, and the object it was read from. */
export interface WrittenPolicy {
  readonly policy: EgressPolicy;
  readonly object: unknown;
}

export interface PolicyText {
  readonly policies: readonly WrittenPolicy[];
  /** Why the law cannot be asked about the text as a whole; undefined when it can. */
  readonly unreadable: string | undefined;
}

/** Reads all policies of a text, each with its object. What cannot be read as a policy cannot be judged, so it is told. */
export function readPolicyText(text: string, readManifests: ReadManifests): PolicyText {
  if (text.trim() === "") return { policies: [], unreadable: undefined };
  const { manifests, failures } = readManifests("policy.yaml", text);
  if (failures[0] !== undefined) return { policies: [], unreadable: failures[0].message };
  const context = manifests.filter(({ value }) => contextKindOf(value) !== undefined);
  const own = manifests.filter(({ value }) => contextKindOf(value) === undefined);
  const policies = own.flatMap((manifest) => {
    const { policies: read } = readPolicySet([...context, manifest], 1, []);
    return read.map((policy) => ({ policy, object: manifest.value }));
  });
  const rule = policies.map(({ policy }) => unreadRule(policy)).find((each) => each !== undefined);
  const isMissing = own.some(({ value }) => !policies.some(({ object }) => object === value));
  const why =
    own.length === 0
      ? "there is no policy in the text"
      : isMissing
        ? "an object in it is no policy"
        : rule === undefined
          ? undefined
          : `rule ${rule} cannot be read as one: mend it first`;
  return { policies, unreadable: why };
}

/** A rule of a firewall that is none: a reader less strict than ours could take it for one. */
function unreadRule({ kind, rules, ruleLocations }: EgressPolicy): number | undefined {
  if (!decidesAlone(kind)) return undefined;
  const read = new Set(rules.map(({ written }) => written));
  return [...ruleLocations.keys()].find((index) => !read.has(index));
}

/** Most characters of texts whose policies are kept: each takes some thirty bytes once it is compiled. */
const mostKept = 4_000_000;

/** The last texts that were asked about: a proposal is judged at every look at it. */
export function rememberedTexts(readManifests: ReadManifests, most = mostKept): (text: string) => PolicyText {
  const known = new Map<string, PolicyText>();
  let kept = 0;
  return (text) => {
    const before = known.get(text);
    if (before !== undefined) {
      known.delete(text);
      known.set(text, before);
      return before;
    }
    const made = readPolicyText(text, readManifests);
    known.set(text, made);
    kept += text.length;
    for (const oldest of known.keys()) {
      if (kept <= most || oldest === text) break;
      known.delete(oldest);
      kept -= oldest.length;
    }
    return made;
  };
}
