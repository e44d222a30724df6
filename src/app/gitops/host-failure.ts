import { printable, quoted } from "../../core/quoted.ts";
import type { Failure } from "../failure.ts";

/** The host could not be asked, or asks for patience: thrown by {@link hostFetch}, because libraries stand in between. */
export class HostTrouble extends Error {
  override readonly name = "HostTrouble";
  readonly failure: Failure;

  constructor(failure: Failure) {
    super(failure.message);
    this.failure = failure;
  }
}

const longest = 300;

/**
 * What the host answered, for people.
 * @param doing such as `open the pull request`
 * @param said the host's own words
 */
export function hostFailure(status: number, said: string, doing: string, host: string): Failure {
  const words = printable(said.replaceAll(/\s+/g, " ").trim())
    .slice(0, longest)
    .replace(/[.\s]+$/, "");
  const told = words === "" ? `status ${status}` : words;
  const at = quoted(host);
  switch (status) {
    case 401:
      return { code: "host_auth_failed", message: `${at} does not accept the token (${told}): renew it` };
    case 403:
      return {
        code: "host_forbidden",
        message: `${at} does not let Postern ${doing} (${told}): check what its token may do`,
      };
    case 404:
      return {
        code: "host_not_found",
        message: `${at} knows no such thing, to ${doing} (${told}): check the address and what the token may see`,
      };
    case 405:
    case 406:
      return { code: "host_not_mergeable", message: `${at} does not merge it now (${told})` };
    case 409:
      return {
        code: "host_conflict",
        message: `${at} would not ${doing}, because something changed meanwhile (${told})`,
      };
    case 429:
      return { code: "host_rate_limited", message: `${at} asks to be asked less often (${told})` };
    default:
      return status >= 500
        ? { code: "host_down", message: `${at} has trouble of its own (${told})` }
        : { code: "host_refused", message: `${at} would not ${doing} (${told})` };
  }
}

/** A failure of whatever a library threw; what is no answer and no trouble of the network is a broken invariant. */
export function failureOfThrown(error: unknown, doing: string, host: string): Failure {
  const chain: Error[] = [];
  for (let at = error; at instanceof Error && chain.length < 5; at = at.cause) chain.push(at);
  // Libraries give trouble of the network a status of their own.
  const trouble = chain.find((one) => one instanceof HostTrouble);
  if (trouble !== undefined) return trouble.failure;
  for (const one of chain) {
    if ("status" in one && typeof one.status === "number" && one.status >= 300)
      return hostFailure(one.status, saidBy(one), doing, host);
  }
  throw error;
}

/** The words of a failed answer: a message, and the fields that it is about. */
function saidBy(error: Error): string {
  const data = (error as { response?: { data?: unknown } }).response?.data;
  return data === undefined ? error.message : wordsOf(data);
}

export function wordsOf(data: unknown): string {
  if (typeof data === "string") return data;
  if (Array.isArray(data)) return data.map(wordsOf).join("; ");
  if (typeof data !== "object" || data === null) return "";
  const { message, error, errors, error_description: description } = data as Record<string, unknown>;
  return [message, error, description, errors]
    .map((part) => (typeof part === "object" && part !== null && !Array.isArray(part) ? fieldsOf(part) : wordsOf(part)))
    .filter((text) => text !== "")
    .join(": ");
}

function fieldsOf(fields: object): string {
  return Object.entries(fields)
    .map(([field, what]) => (field === "message" ? wordsOf(what) : `${field} ${wordsOf(what)}`))
    .join("; ");
}
