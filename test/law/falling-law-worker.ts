import { parentPort } from "node:worker_threads";
import type { FromLawThread, ToLawThread } from "../../src/main/law-messages.ts";

/** A law's thread that does what the namespace says: `falls`, `breaks`, or `sleeps` for ever; anything else is refused by that name. */
parentPort!.on("message", ({ id, input: { namespace } }: ToLawThread) => {
  const send = (own: FromLawThread): void => parentPort!.postMessage(own);
  if (namespace === "falls") throw new Error("fell on purpose");
  if (namespace === "breaks") return send({ id, because: "broke on purpose" });
  if (namespace === "sleeps") return;
  send({
    id,
    answer: {
      verdicts: [],
      approvalsNeeded: 1,
      approvals: [],
      mayEditorsApprove: true,
      approvers: undefined,
      mayAutomate: true,
    },
  });
});
