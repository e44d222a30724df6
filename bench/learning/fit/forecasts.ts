import { manifestPort } from "../../../src/adapters/manifests/manifest-port.ts";
import { suggestPolicies } from "../../../src/app/suggest-policies.ts";
import type { Posture } from "../../../src/pipeline/suggest/choose/choice.ts";
import { hazardOf } from "../../../src/pipeline/suggest/readiness/hazard.ts";
import type { Readiness } from "../../../src/pipeline/suggest/readiness/readiness.ts";
import type { PolicyMaker } from "../makers/maker.ts";
import { runSettings } from "../run.ts";
import type { LearningSettings } from "../settings.ts";

/** One suggestion: what it said, what its forms said before calibration, and when it first blocked something needed. */
export interface Forecasted {
  readonly settings: string;
  readonly namespace: string;
  readonly said: { readonly day: number; readonly week: number };
  /** Sum of the hazards of its forms, uncalibrated. */
  readonly changes: { readonly day: number; readonly week: number };
  /** Days since enforcement; undefined: not within the judged days. */
  readonly firstBlockedDay: number | undefined;
}

/** Learns and judges one world. */
export function forecastsOf(settings: LearningSettings, posture: Posture): readonly Forecasted[] {
  const said = new Map<string, { readonly readiness: Readiness; readonly changes: Forecasted["changes"] }>();
  const maker: PolicyMaker = {
    name: posture,
    make({ harvest, facts, knowledge }) {
      const request = { harvest, facts, knowledge, posture, namespaces: [], existing: [], never: [] };
      const { suggestions } = suggestPolicies({ ...request, kind: "EgressFirewall" }, manifestPort);
      return new Map(
        suggestions.map(({ namespace, policy, draft, choices, readiness }) => {
          const sum = (of: (form: (typeof choices)[number]["form"]) => number): number =>
            choices.reduce((total, { form }) => total + hazardOf(of(form)), 0);
          const changes = { day: sum((form) => form.breaksWithinDay), week: sum((form) => form.breaksWithinWeek) };
          said.set(namespace, { readiness, changes });
          return [namespace, { list: policy, rules: draft.rules.length, readiness }];
        }),
      );
    },
  };
  const { judged } = runSettings(settings, [maker], () => {});
  return [...judged.values()].flat().flatMap(({ namespace, firstBlockedDay }) => {
    const own = said.get(namespace);
    if (own === undefined) return [];
    const { readiness, changes } = own;
    const { day, week } = readiness;
    return [{ settings: settings.name, namespace, said: { day, week }, changes, firstBlockedDay }];
  });
}
