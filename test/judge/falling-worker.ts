import { parentPort } from "node:worker_threads";
import type { FromJudge, ToJudge } from "../../src/main/judge-messages.ts";

/** A judge's thread that does what the namespace says: `falls`, `breaks`, `eats` memory, `sleeps` for ever, or answers its name. */
parentPort!.on("message", (message: ToJudge) => {
  if (message.kind !== "ask") return;
  const { id, argument } = message;
  const { namespace } = argument as { readonly namespace: string };
  const send = (own: FromJudge): void => parentPort!.postMessage(own);
  if (namespace === "falls") throw new Error("fell on purpose");
  if (namespace === "breaks") send({ kind: "broken", id, because: "broke on purpose" });
  else if (namespace === "eats") {
    // In small pieces: the engine can end a thread between two of them, where one large piece may end the whole process.
    let kept: object | undefined;
    for (let i = 0; ; i += 1) kept = { kept, i, text: [i] };
  } else if (namespace !== "sleeps") send({ kind: "result", id, result: { ok: true, value: namespace } });
});
