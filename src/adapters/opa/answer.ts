import type { Failure } from "../../app/failure.ts";
import type { RegoAnswer } from "../../app/law/clause-engines.ts";
import { fail, ok, type Result } from "../../core/result.ts";

export type OpaFailure = Result<never, Failure>;

export function opaFailure(
  code: "opa_unreachable" | "opa_answer" | "opa_program" | "opa_no_permission",
  message: string,
): OpaFailure {
  return fail({ code, message });
}

const most = 1_000;
const longest = 1_000;

/**
 * The value of a package. Known rules: `deny` and `violation` (breaches), `warn` (warnings), each a list or set of texts or of objects with
 * `msg`; and `allow` or `allowed`, which break the clause when false. A package with none of them is not there, or is another one.
 */
export function readPackage(value: unknown, title: string, path: string): Result<RegoAnswer, Failure> {
  const unknown = (why: string): OpaFailure =>
    opaFailure("opa_answer", `${title} ${why} for \`${path}\`: load rules \`deny\` or \`allow\` in that package`);
  if (value === undefined) return unknown("knows no package");
  if (typeof value !== "object" || value === null || Array.isArray(value)) return unknown("answers with no rules");
  const rules = value as Readonly<Record<string, unknown>>;
  const deny = [...messagesOf(rules.deny), ...messagesOf(rules.violation)];
  const warn = messagesOf(rules.warn);
  const allow = rules.allow ?? rules.allowed;
  const isKnown = [rules.deny, rules.violation, rules.warn, allow].some((rule) => rule !== undefined);
  if (!isKnown) return unknown("answers with none of the rules that are read");
  if (deny.includes(undefined) || warn.includes(undefined) || (allow !== undefined && typeof allow !== "boolean")) {
    return unknown("answers with rules of another form");
  }
  const refused = allow === false && deny.length === 0 ? ["the rules do not allow it"] : [];
  return ok({ deny: [...(deny as string[]), ...refused], warn: warn as string[] });
}

function messagesOf(rule: unknown): readonly (string | undefined)[] {
  if (rule === undefined || rule === false) return [];
  if (rule === true) return ["the rules deny it"];
  if (!Array.isArray(rule)) return [undefined];
  return (rule as readonly unknown[]).slice(0, most).map(messageOf);
}

export function messageOf(entry: unknown): string | undefined {
  if (typeof entry === "string") return entry.slice(0, longest);
  if (typeof entry !== "object" || entry === null) return undefined;
  const { msg, message } = entry as { readonly msg?: unknown; readonly message?: unknown };
  const text = msg ?? message;
  return typeof text === "string" ? text.slice(0, longest) : undefined;
}
