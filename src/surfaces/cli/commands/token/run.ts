import { issueToken } from "../../../../app/state/token-text.ts";
import type { StoredToken, TokenScope } from "../../../../app/state/tokens.ts";
import { quoted } from "../../../../core/quoted.ts";
import { fail } from "../../complain.ts";
import type { Context } from "../../context.ts";
import { Exit, type ExitCode } from "../../exit.ts";
import { formatJson } from "../../formats/json.ts";
import { timeOutput } from "../../schema/common-output.ts";
import { type StateFlags, withNewState, withState } from "../../state-options.ts";
import { tableLines } from "../../terminal/table.ts";
import { dim, text } from "../../terminal/text.ts";
import { minute } from "../../words/count.ts";
import type { TokensOutput } from "./schema.ts";

export interface CreateFlags extends StateFlags {
  readonly cluster: readonly string[];
  readonly scope?: readonly TokenScope[];
  /** Days. */
  readonly expires?: number;
  readonly label?: string;
}

export interface ListFlags extends StateFlags {
  readonly output: "table" | "json";
}

export type RevokeFlags = StateFlags;

const dayMs = 86_400_000;

export async function createToken(flags: CreateFlags, context: Context): Promise<ExitCode> {
  const { cluster, scope = ["ship"], expires, label = "" } = flags;
  const { io, out, err } = context;
  return withNewState(flags, context, async (state) => {
    const now = io.nowMs();
    const expiresAtMs = expires === undefined ? undefined : now + expires * dayMs;
    const { text: secret, token } = issueToken({ clusters: cluster, scopes: scope, label, expiresAtMs }, now);
    await state.tokens.add(token);
    out.document(`${secret}\n`);
    const until = expiresAtMs === undefined ? "for ever" : `until ${minute(expiresAtMs)} UTC`;
    const what = `may ${token.scopes.join(" and ")} for ${token.clusters.map(quoted).join(", ")}`;
    err.line(text`token ${token.id} ${what}, ${until}; it is not shown again`, 2);
    return Exit.ok;
  });
}

export async function listTokens(flags: ListFlags, context: Context): Promise<ExitCode> {
  const { io, out } = context;
  return withState(flags, context, async (state) => {
    const tokens = await state.tokens.all();
    const now = io.nowMs();
    if (flags.output === "json") {
      out.document(formatJson(outputOf(tokens, now)));
      return Exit.ok;
    }
    const titles = ["id", "state", "scopes", "clusters", "expires", "last used", "created", "label"];
    const columns = titles.map((title) => ({ title, shrinks: title === "label" || title === "clusters" }));
    const time = (ms: number | undefined): string => (ms === undefined ? "" : minute(ms));
    const rows = tokens.map((token) => {
      const standing = stateOf(token, now);
      const cells = [
        token.id,
        standing,
        token.scopes.join(","),
        token.clusters.join(","),
        time(token.expiresAtMs),
        time(token.lastUsedAtMs),
        time(token.createdAtMs),
        token.label,
      ];
      return standing === "valid" ? cells : cells.map(dim);
    });
    out.asTheyAre(tableLines(columns, rows, out.view));
    return Exit.ok;
  });
}

export async function revokeToken(id: string, flags: RevokeFlags, context: Context): Promise<ExitCode> {
  const { io, err } = context;
  return withState(flags, context, async (state) => {
    if (!(await state.tokens.revoke(id, io.nowMs()))) {
      const message = `there is no token ${quoted(id)}; \`postern token list\` shows them`;
      return fail(context, [{ code: "token_not_found", message }]);
    }
    err.line(text`token ${id} is revoked`);
    return Exit.ok;
  });
}

function stateOf({ revokedAtMs, expiresAtMs }: StoredToken, nowMs: number): "valid" | "revoked" | "expired" {
  if (revokedAtMs !== undefined) return "revoked";
  return expiresAtMs !== undefined && expiresAtMs <= nowMs ? "expired" : "valid";
}

function outputOf(tokens: readonly StoredToken[], nowMs: number): TokensOutput {
  return {
    schema: "postern/tokens/v1",
    tokens: tokens.map((token) => ({
      id: token.id,
      label: token.label,
      state: stateOf(token, nowMs),
      scopes: [...token.scopes],
      clusters: [...token.clusters],
      created: timeOutput(token.createdAtMs)!,
      expires: timeOutput(token.expiresAtMs),
      revoked: timeOutput(token.revokedAtMs),
      lastUsed: timeOutput(token.lastUsedAtMs),
    })),
  };
}
