import type { CheckReport } from "../../../../app/check-policies.ts";
import { locationOutput } from "../../schema/common-output.ts";
import type { CheckOutput } from "./schema.ts";

export function checkOutputOf(report: CheckReport): CheckOutput {
  const { passed, objects, findings, diff, replay, risk, isJudgedByWords } = report;
  return {
    schema: "postern/check/v1",
    passed,
    objects: objects.map(({ change, kind, namespace, name, at, verdicts, approvals }) => ({
      policy: { kind: kind as CheckOutput["objects"][number]["policy"]["kind"], namespace, name },
      change,
      at: locationOutput(at),
      verdicts: verdicts.map(({ clause, law, effect, message, rule, at: own }) => ({
        clause,
        law,
        effect,
        message,
        rule,
        at: locationOutput(own),
      })),
      approvals: approvals.map(({ clause, law, needed, groups }) => ({ clause, law, needed, groups: [...groups] })),
    })),
    findings: findings.map(({ code, severity, at, message, effect, fix }) => ({
      code,
      severity,
      at: locationOutput(at),
      message,
      effect,
      fix,
    })),
    changes: { newlyAllowed: diff.newlyAllowed, newlyDenied: diff.newlyDenied, complete: diff.isComplete },
    replay:
      replay === undefined
        ? null
        : {
            broken: replay.broken.length,
            doubtful: replay.doubtful.length,
            stoppedOnPurpose: replay.stoppedOnPurpose,
            opened: replay.opened,
            kept: replay.kept,
          },
    risk: { level: risk.level, score: risk.score, reasons: [...risk.reasons] },
    wordsJudged: isJudgedByWords,
  };
}
