import { quoted } from "../../quoted.ts";
import type { FindingCode } from "../findings/catalogue.ts";
import { isLabelKey, isLabelValue, isSelectorOperator, labelSelector } from "../label-selector.ts";
import type { Path } from "../manifest.ts";
import type { LabelSelector } from "../model.ts";
import { field, type Inspection } from "./inspection.ts";

type Requirement = LabelSelector["requirements"][number];
type IsKey = (key: string) => boolean;

/**
 * A Kubernetes LabelSelector.
 * @param invalid the code for a selector that is well-formed and means nothing (the kinds treat it differently)
 * @param isKey where keys are more than a label's own
 * @returns undefined when a part of it cannot be read: the rest would select more than was meant
 */
export function readLabelSelector(
  inspection: Inspection,
  value: unknown,
  path: Path,
  invalid: FindingCode,
  isKey: IsKey = isLabelKey,
): LabelSelector | undefined {
  const fields = inspection.fields(value, path);
  if (fields === undefined) return undefined;
  const dropped =
    "`oc apply` with its default validation refuses the object; any other way in drops the field silently, and the " +
    "selector selects more than was meant: an empty one selects everything";
  inspection.unknownFields(fields, ["matchLabels", "matchExpressions"], path, {
    effect: dropped,
    fix: "put it under `matchLabels`",
  });
  const requirements: (Requirement | undefined)[] = [];

  const labels = field(fields, "matchLabels");
  const matchLabels = labels === undefined ? {} : (inspection.fields(labels, [...path, "matchLabels"]) ?? {});
  for (const [key, label] of Object.entries(matchLabels)) {
    const at = [...path, "matchLabels", key];
    const text = inspection.text(label, at);
    if (text !== undefined) checkLabel(inspection, key, [text], at, invalid, isKey);
    requirements.push(text === undefined ? undefined : { key, operator: "In", values: [text] });
  }

  const list = field(fields, "matchExpressions");
  const expressions = list === undefined ? [] : (inspection.list(list, [...path, "matchExpressions"]) ?? []);
  for (const [i, expression] of expressions.entries()) {
    requirements.push(readRequirement(inspection, expression, [...path, "matchExpressions", i], invalid, isKey));
  }
  const readable = requirements.filter((requirement) => requirement !== undefined);
  return readable.length < requirements.length ? undefined : labelSelector(readable);
}

function readRequirement(
  inspection: Inspection,
  value: unknown,
  path: Path,
  invalid: FindingCode,
  isKey: IsKey,
): Requirement | undefined {
  const fields = inspection.fields(value, path);
  if (fields === undefined) return undefined;
  inspection.unknownFields(fields, ["key", "operator", "values"], path);
  const required = (name: string): string | undefined => {
    const found = field(fields, name);
    if (found !== undefined) return inspection.text(found, [...path, name]);
    inspection.missing(path, name);
    return undefined;
  };
  const key = required("key");
  const operator = required("operator");
  const written = field(fields, "values");
  const list = written === undefined ? [] : (inspection.list(written, [...path, "values"]) ?? []);
  const values = list.flatMap((item, i) => inspection.text(item, [...path, "values", i]) ?? []);
  if (key === undefined || operator === undefined) return undefined;
  if (!isSelectorOperator(operator)) {
    inspection.report(invalid, [...path, "operator"], `${quoted(operator)} is not a selector operator`, {
      fix: "use `In`, `NotIn`, `Exists` or `DoesNotExist`",
    });
    return undefined;
  }
  const wantsValues = operator === "In" || operator === "NotIn";
  if (wantsValues !== values.length > 0) {
    const message = wantsValues ? `\`${operator}\` needs at least one value` : `\`${operator}\` takes no values`;
    inspection.report(invalid, path, message);
    return undefined;
  }
  checkLabel(inspection, key, values, path, invalid, isKey);
  return { key, operator, values };
}

function checkLabel(
  inspection: Inspection,
  key: string,
  values: readonly string[],
  path: Path,
  invalid: FindingCode,
  isKey: IsKey,
): void {
  if (!isKey(key)) inspection.report(invalid, path, `${quoted(key)} is not a label key`);
  for (const value of values) {
    if (!isLabelValue(value)) inspection.report(invalid, path, `${quoted(value)} is not a label value`);
  }
}
