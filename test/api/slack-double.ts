import { createHmac } from "node:crypto";
import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";

export interface SlackCall {
  readonly path: string;
  readonly authorization: string | undefined;
  readonly headers: IncomingMessage["headers"];
  readonly body: Readonly<Record<string, unknown>>;
  readonly text: string;
}

/** Slack's API as far as it is called, and Slack's side of requests: signed as Slack signs them. Also takes signed webhooks. */
export class SlackDouble {
  readonly calls: SlackCall[] = [];
  /** What the next calls are answered with, before `ok`. */
  readonly answers: { readonly status: number; readonly body: unknown; readonly headers?: Record<string, string> }[] =
    [];
  url = "";
  readonly #server: Server = createServer((request, response) => {
    let text = "";
    request.on("data", (chunk) => {
      text += String(chunk);
    });
    request.on("end", () => {
      const path = request.url ?? "";
      const body = JSON.parse(text) as Readonly<Record<string, unknown>>;
      this.calls.push({ path, authorization: request.headers.authorization, headers: request.headers, body, text });
      const { status, body: answer, headers = {} } = this.answers.shift() ?? { status: 200, body: { ok: true } };
      response.writeHead(status, { "content-type": "application/json", ...headers }).end(JSON.stringify(answer));
    });
  });

  static async open(): Promise<SlackDouble> {
    const own = new SlackDouble();
    await new Promise<void>((done) => {
      own.#server.listen(0, "127.0.0.1", done);
    });
    own.url = `http://127.0.0.1:${(own.#server.address() as AddressInfo).port}`;
    return own;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((done) => {
      this.#server.close(done);
    });
  }
}

/** Headers and body as Slack sends them. */
export function asSlack(
  secret: string,
  form: Readonly<Record<string, string>>,
  atMs: number,
): { readonly method: "POST"; readonly body: string; readonly headers: Readonly<Record<string, string>> } {
  const body = new URLSearchParams(form).toString();
  const timestamp = String(Math.floor(atMs / 1000));
  const signature = createHmac("sha256", secret).update(`v0:${timestamp}:${body}`).digest("hex");
  return {
    method: "POST",
    body,
    headers: {
      "content-type": "application/x-www-form-urlencoded",
      "x-slack-request-timestamp": timestamp,
      "x-slack-signature": `v0=${signature}`,
    },
  };
}
