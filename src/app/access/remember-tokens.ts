import { createHash } from "node:crypto";
import { ok } from "../../core/result.ts";
import type { Principal } from "./principal.ts";
import type { TokenReviewer } from "./reviews.ts";

const knownMs = 30_000;
const unknownMs = 5_000;
const mostTokens = 10_000;

/** Asks the cluster about a token once in a while, not with every request that carries it. Tokens themselves are not kept. */
export function rememberTokens(reviewer: TokenReviewer, nowMs: () => number): TokenReviewer {
  const known = new Map<string, { readonly principal: Principal | undefined; readonly untilMs: number }>();
  return {
    whoHas: async (token, signal) => {
      const key = createHash("sha256").update(token).digest("base64");
      const before = known.get(key);
      if (before !== undefined && nowMs() < before.untilMs) return ok(before.principal);
      const answer = await reviewer.whoHas(token, signal);
      if (!answer.ok) return answer;
      known.delete(key);
      if (known.size >= mostTokens) known.delete(known.keys().next().value!);
      known.set(key, {
        principal: answer.value,
        untilMs: nowMs() + (answer.value === undefined ? unknownMs : knownMs),
      });
      return answer;
    },
  };
}
