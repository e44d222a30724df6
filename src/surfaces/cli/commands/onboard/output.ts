import type { Onboarding } from "../../../../app/onboard-namespace.ts";
import type { ExpectedService, Neighbour } from "../../../../pipeline/baseline/likeness/expected-services.ts";
import { policyOutput } from "../../schema/common-output.ts";
import type { OnboardOutput } from "./schema.ts";

export function onboardOutputOf(result: Onboarding): OnboardOutput {
  const { suggestion, refused } = result;
  return {
    schema: "postern/onboard/v1",
    namespace: result.namespace,
    known: result.known,
    workloads: result.neighbours.map(({ of, nearest }) => ({
      workload: of.workload,
      nearest: nearest.map(neighbourOutput),
    })),
    allowed: result.allowed.map(serviceOutput),
    left: result.left.map(serviceOutput),
    policy: suggestion === undefined ? null : policyOutput(suggestion.policy),
    manifest: suggestion?.manifest ?? null,
    cautions: [...(suggestion?.cautions ?? [])],
    failures: [...(refused?.failures ?? [])],
  };
}

function serviceOutput(own: ExpectedService): OnboardOutput["allowed"][number] {
  return {
    service: own.service.id,
    title: own.service.title,
    confidence: rounded(own.confidence),
    of: own.of.workload,
    names: [...new Set(own.uses.flatMap(({ names }) => names))].toSorted(),
    ports: portsOfExpected(own),
    usedBy: own.usedBy,
    asked: own.asked,
    users: own.users.map(neighbourOutput),
  };
}

/** `tcp/443`, each once, the nearest user's first. */
export function portsOfExpected({ uses }: ExpectedService): string[] {
  const ports = uses.flatMap((use) => use.ports).map(({ protocol, port }) => `${protocol}/${port}`);
  return [...new Set(ports)];
}

function neighbourOutput({ traits, likeness, shared }: Neighbour): OnboardOutput["allowed"][number]["users"][number] {
  const { namespace, workload } = traits;
  return { namespace, workload, likeness: rounded(likeness), shared: [...shared] };
}

function rounded(share: number): number {
  return Number(share.toFixed(4));
}
