import type { IncomingMessage } from "node:http";
import { Readable } from "node:stream";
import { expect, test } from "vitest";
import { BodyReader, type Sender } from "./batch-body.ts";

function requestOf(text: string): IncomingMessage {
  return Object.assign(Readable.from([Buffer.from(text)]), { headers: {} }) as unknown as IncomingMessage;
}

test("a body is used once, and one that nobody waits for any more not at all", async () => {
  const bodies = new BodyReader();
  const used: string[] = [];
  const read = async (text: string, isGone: Sender["isGone"]): Promise<unknown> =>
    bodies.read(requestOf(text), { client: "observer", isGone }, (own) => used.push(own));
  const [stays, leaves] = await Promise.all([read("stays", () => false), read("leaves", () => used.length > 0)]);
  expect([used, stays, leaves]).toMatchObject([["stays"], { ok: true }, { error: { failure: { code: "body_cut" } } }]);
});
