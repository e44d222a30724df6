import type { FromJudge, ToJudge } from "../../src/main/judge-messages.ts";

/** A judge's process that does what the namespace says: `falls`, `breaks`, `eats` memory, `swallows` much of it at once, `sleeps` for ever, or answers its name. */
process.on("message", (message: ToJudge) => {
  if (message.kind !== "ask") return;
  const { id, argument } = message;
  const { namespace } = argument as { readonly namespace: string };
  const send = (own: FromJudge): void => {
    process.send!(own);
  };
  if (namespace === "falls") throw new Error("fell on purpose");
  if (namespace === "breaks") send({ kind: "broken", id, because: "broke on purpose" });
  else if (namespace === "eats") {
    let kept: object | undefined;
    for (let i = 0; ; i += 1) kept = { kept, i, text: [i] };
  } else if (namespace === "swallows")
    send({ kind: "broken", id, because: String(Array.from({ length: 2 ** 26 }, (_, i) => i).length) });
  else if (namespace !== "sleeps") send({ kind: "result", id, result: { ok: true, value: namespace } });
});
