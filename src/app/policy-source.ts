import { readCalicoContext } from "../core/policy/kinds/calico/context.ts";
import type { Manifest } from "../core/policy/manifest.ts";
import type { EgressPolicy, Finding, SourceLocation } from "../core/policy/model.ts";
import { readPolicy } from "../core/policy/read-policy.ts";
import type { Failure } from "./failure.ts";

/** Policies as they were read, and everything reading found wrong with each. */
export interface PolicyReading {
  /** In order of file and place. */
  readonly policies: readonly EgressPolicy[];
  readonly findings: readonly Finding[];
  /** Files that hold a policy, in the order they were read. */
  readonly files: readonly string[];
  /** Files that were read. */
  readonly fileCount: number;
  /** What could not be read at all. Only looking for faults can do without it: a comparison would be wrong. */
  readonly unreadable: readonly Failure[];
}

export interface PolicyReadOptions {
  /** The DNSNameResolver feature gate (Technology Preview): wildcard names. */
  readonly dnsNameResolver?: boolean;
}

/** Reads files and folders of manifests. Wrong policies are findings; what cannot be read is told beside the rest. */
export type ReadPolicies = (paths: readonly string[], options: PolicyReadOptions) => Promise<PolicyReading>;

export const nothingRead: PolicyReading = { policies: [], findings: [], files: [], fileCount: 0, unreadable: [] };

/** What a set of manifests says as policies. What policies point to is read first, wherever it stands. */
export function readPolicySet(
  manifests: readonly Manifest[],
  fileCount: number,
  unreadable: readonly Failure[],
  { dnsNameResolver = false }: PolicyReadOptions = {},
): PolicyReading {
  const calico = readCalicoContext(manifests);
  const read = manifests.flatMap((manifest) => readPolicy(manifest, { dnsNameResolver, calico: calico.context }) ?? []);
  return {
    policies: read.flatMap(({ policy, others = [] }) => (policy === undefined ? others : [policy, ...others])),
    findings: [...calico.findings, ...read.flatMap(({ findings }) => findings)],
    files: [...new Set(manifests.map(({ locate }) => locate([]).file))],
    fileCount,
    unreadable,
  };
}

/** The object that a finding is about: the last of its file that begins before the place. */
export function ownerOf(
  { file, line = 0 }: SourceLocation,
  policies: readonly EgressPolicy[],
): EgressPolicy | undefined {
  return policies.findLast(({ at }) => at.file === file && (at.line ?? 0) <= line);
}
