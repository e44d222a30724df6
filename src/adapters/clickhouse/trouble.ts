import { ClickHouseError } from "@clickhouse/client";
import type { Failure } from "../../app/failure.ts";
import { firstLine } from "../../app/history/first-line.ts";
import { HistoryUnavailable } from "../../app/history/history-unavailable.ts";
import { quoted } from "../../core/quoted.ts";
import { ServerException, serverExceptionIn } from "./server-exception.ts";

/** What the server refuses to this user, whatever is in a batch or a question. By ClickHouse's numbers of exceptions. */
const refused = new Set([164, 192, 193, 194, 195, 291, 392, 452, 497, 516]);
const tooLong = new Set([159, 160]);
/** For one question; of the whole server it is {@link notNow}. */
const tooMuch = new Set([158, 241, 307, 396]);
const noSpace = new Set([243, 428]);
/**
 * Hosts, replicas or the keeper are away, or overloaded: it can be done later, and no batch is to blame. Reading and writing of
 * files and sockets (3, 23, 24, 32, 74, 75, 173, 198, 209, 210, 279, 425, 460), limits of the server or the user (201, 202, 203, 253,
 * 290, 439, 745), replication (225, 242, 244, 254, 285, 286, 289, 319, 999), tables that somebody takes away (60, 81, 218), and a
 * statement that was stopped (236, 394, 473).
 */
const notNow = new Set([
  3, 23, 24, 32, 60, 74, 75, 81, 173, 198, 201, 202, 203, 209, 210, 218, 225, 236, 242, 244, 253, 254, 279, 285, 286,
  289, 290, 319, 394, 425, 439, 460, 473, 745, 999,
]);
const tooManyParts = 252;

/** The server's own name for what went wrong; empty where it was not the server. */
export function troubleOf(error: unknown): string {
  const { cause } = error as { readonly cause?: unknown };
  return saidByServer(cause)?.type ?? "";
}

/** What a server said, or what kept one from being reached, in words for people. */
export function unavailable(error: unknown, host: string, requestTimeoutMs: number): HistoryUnavailable {
  if (error instanceof HistoryUnavailable) return error;
  const server = `the ClickHouse server ${quoted(host)}`;
  const said = saidByServer(error);
  if (said !== undefined) return new HistoryUnavailable(ofServer(said, server), error);
  if (isTimeout(error)) return silent(server, requestTimeoutMs, error);
  const { code } = error as NodeJS.ErrnoException;
  const text = firstLine(error instanceof Error ? error.message : String(error));
  const message =
    code === undefined
      ? `${server} answers, but not as ClickHouse does over HTTP: ${text}; check the address and its port`
      : `${server} cannot be reached: ${[code, ...hintOf(code)].join("; ")}`;
  return new HistoryUnavailable({ code: "history_unreachable", message }, error);
}

/** An answer that began, and was not ended by the server: who waits too long for more of it ends it as well. */
export function brokenOff(
  error: unknown,
  host: string,
  requestTimeoutMs: number,
  sinceHeardMs: number,
): HistoryUnavailable {
  const server = `the ClickHouse server ${quoted(host)}`;
  // What came last may have waited to be read.
  if (sinceHeardMs > requestTimeoutMs / 2) return silent(server, requestTimeoutMs, error);
  const message = `${server} broke off its answer: ask again`;
  return new HistoryUnavailable({ code: "history_unreachable", message }, error);
}

/** Whether nothing came of it because nobody was there: another host may be asked. */
export function isUnreached(error: unknown): boolean {
  return saidByServer(error) === undefined && (error as NodeJS.ErrnoException).code !== undefined;
}

/** Of the client, whose error for this has nothing but a text. */
export function isTimeout(error: unknown): boolean {
  return error instanceof Error && error.message === "Timeout error.";
}

export function saidByServer(error: unknown): ServerException | undefined {
  if (error instanceof ServerException) return error;
  if (error instanceof ClickHouseError) {
    return new ServerException(Number(error.code), error.type, error.message.replace(/\. ?$/, "").trim());
  }
  // The client does not know the form of older servers.
  return error instanceof Error ? serverExceptionIn(error.message) : undefined;
}

function silent(server: string, ms: number, cause: unknown): HistoryUnavailable {
  const message = `${server} said nothing for ${ms / 1000} s`;
  return new HistoryUnavailable({ code: "history_timeout", message }, cause);
}

function ofServer(said: ServerException, server: string): Failure {
  const { code, type = `code ${code}` } = said;
  const text = firstLine(said.message);
  if (refused.has(code)) {
    const message = `${server} refuses: ${text} (${type}); check user, password file and rights`;
    return { code: "history_no_permission", message };
  }
  if (tooLong.has(code)) {
    const message = `${server} gave up: ${text}; ask for a shorter time or one namespace`;
    return { code: "history_timeout", message };
  }
  if (noSpace.has(code)) return { code: "history_no_space", message: `${server} has no room on its disk: ${text}` };
  const isOfAll = code === 241 && said.message.includes("(total)");
  if (tooMuch.has(code) && !isOfAll) {
    const message = `${server} cannot answer within its limits: ${text}; ask for a shorter time or one namespace`;
    return { code: "history_too_much", message };
  }
  const isBehind = code === tooManyParts && /merges/i.test(said.message);
  const isPassing = notNow.has(code) || isOfAll || isBehind;
  const message = `${server} ${isPassing ? "cannot do it now" : "could not do it"}: ${text} (${type})`;
  return { code: isPassing ? "history_not_ready" : "history_failed", message };
}

function hintOf(code: string): readonly string[] {
  if (code === "EPROTO" || code.startsWith("ERR_SSL")) return ["it speaks no TLS at this port: check scheme and port"];
  const isUnknown = /CERT|SELF_SIGNED|UNABLE_TO_/.test(code);
  return isUnknown ? ["name the authority of its certificate with `--clickhouse-ca`"] : [];
}
