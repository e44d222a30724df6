import { createHash } from "node:crypto";
import { fail, ok } from "../../core/result.ts";
import type { Principal } from "./principal.ts";
import type { TokenReviewer } from "./reviews.ts";

const knownMs = 30_000;
const unknownMs = 5_000;
const mostTokens = 10_000;
/** Whoever sends tokens that nobody knows must not make this server flood the cluster with questions. */
const mostAtOnce = 32;

/** Asks the cluster about a token once in a while, not with every request that carries it. Tokens themselves are not kept. */
export function rememberTokens(reviewer: TokenReviewer, nowMs: () => number): TokenReviewer {
  const known = new Map<string, { readonly principal: Principal | undefined; readonly untilMs: number }>();
  const underWay = new Map<string, ReturnType<TokenReviewer["whoHas"]>>();

  async function ask(key: string, token: string, signal: AbortSignal): ReturnType<TokenReviewer["whoHas"]> {
    const answer = await reviewer.whoHas(token, signal);
    if (!answer.ok) return answer;
    known.delete(key);
    if (known.size >= mostTokens) known.delete(known.keys().next().value!);
    known.set(key, {
      principal: answer.value,
      untilMs: nowMs() + (answer.value === undefined ? unknownMs : knownMs),
    });
    return answer;
  }

  return {
    whoHas: async (token, signal) => {
      const key = createHash("sha256").update(token).digest("base64");
      const before = known.get(key);
      if (before !== undefined && nowMs() < before.untilMs) return ok(before.principal);
      const same = underWay.get(key);
      if (same !== undefined) return same;
      if (underWay.size >= mostAtOnce) {
        const message = "too many tokens are being looked at by the cluster; try again in some seconds";
        return fail({ code: "cluster_review", message });
      }
      const asked = ask(key, token, signal).finally(() => underWay.delete(key));
      underWay.set(key, asked);
      return asked;
    },
  };
}
