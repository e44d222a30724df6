import { createHash, randomBytes } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

interface Grant {
  readonly redirectUri: string;
  readonly challenge: string;
  readonly user: string;
}

/**
 * As OpenShift answers (openshift/oauth-server, and `users/~` of its API server): the API server tells where the OAuth server is, on another
 * host; codes hold once, for one redirect address and one PKCE challenge; the client proves itself with its service account's token.
 */
export class OpenShiftDouble {
  readonly clientId = "system:serviceaccount:postern:postern-server";
  secret = "a-service-account-token";
  redirectUri = "";
  /** Who sits at the browser; undefined: they say no. */
  user: string | undefined = "ada";
  groups: readonly string[] | null = ["network", "system:authenticated", "system:authenticated:oauth"];
  readonly scopes: string[] = [];
  apiUrl = "";
  oauthUrl = "";
  readonly #api: Server = createServer((request, response) => this.#answerApi(request, response));
  readonly #oauth: Server = createServer((request, response) => void this.#answerOauth(request, response));
  readonly #grants = new Map<string, Grant>();
  readonly #tokens = new Map<string, string>();

  static async open(): Promise<OpenShiftDouble> {
    const own = new OpenShiftDouble();
    own.apiUrl = await listen(own.#api);
    own.oauthUrl = await listen(own.#oauth);
    return own;
  }

  async close(): Promise<void> {
    for (const server of [this.#api, this.#oauth]) {
      server.closeAllConnections();
      await new Promise((done) => {
        server.close(done);
      });
    }
  }

  #answerApi(request: IncomingMessage, response: ServerResponse): void {
    if (request.url === "/.well-known/oauth-authorization-server") {
      json(response, 200, {
        issuer: this.oauthUrl,
        authorization_endpoint: `${this.oauthUrl}/oauth/authorize`,
        token_endpoint: `${this.oauthUrl}/oauth/token`,
        scopes_supported: ["user:check-access", "user:full", "user:info", "user:list-projects"],
        response_types_supported: ["code", "token"],
        grant_types_supported: ["authorization_code", "implicit"],
        code_challenge_methods_supported: ["plain", "S256"],
      });
      return;
    }
    const [, token = ""] = /^Bearer (.+)$/.exec(request.headers.authorization ?? "") ?? [];
    const user = this.#tokens.get(token);
    if (request.url !== "/apis/user.openshift.io/v1/users/~" || user === undefined) {
      json(response, user === undefined ? 401 : 404, { kind: "Status", status: "Failure" });
      return;
    }
    json(response, 200, {
      kind: "User",
      apiVersion: "user.openshift.io/v1",
      metadata: { name: user, uid: "b7c1" },
      fullName: "Ada Lovelace",
      identities: [`corp:${user}`],
      groups: this.groups,
    });
  }

  async #answerOauth(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? "/", this.oauthUrl);
    if (url.pathname === "/oauth/authorize") {
      this.#authorize(url.searchParams, response);
      return;
    }
    let body = "";
    for await (const chunk of request) body += String(chunk);
    const form = new URLSearchParams(body);
    const grant = this.#grants.get(form.get("code") ?? "");
    this.#grants.delete(form.get("code") ?? "");
    const isClient = form.get("client_id") === this.clientId && form.get("client_secret") === this.secret;
    if (!isClient) {
      json(response, 401, { error: "unauthorized_client", error_description: "The client is not authorized." });
      return;
    }
    const made = createHash("sha256")
      .update(form.get("code_verifier") ?? "")
      .digest("base64url");
    if (grant === undefined || grant.redirectUri !== form.get("redirect_uri") || grant.challenge !== made) {
      json(response, 400, { error: "invalid_grant", error_description: "The code is not good." });
      return;
    }
    const token = `sha256~${randomBytes(32).toString("base64url")}`;
    this.#tokens.set(token, grant.user);
    json(response, 200, { access_token: token, token_type: "Bearer", expires_in: 86_400, scope: "user:info" });
  }

  #authorize(query: URLSearchParams, response: ServerResponse): void {
    const redirectUri = query.get("redirect_uri") ?? "";
    if (query.get("client_id") !== this.clientId || redirectUri !== this.redirectUri) {
      json(response, 400, { error: "invalid_request", error_description: "The redirect address is not registered." });
      return;
    }
    this.scopes.push(query.get("scope") ?? "");
    const back = new URL(redirectUri);
    back.searchParams.set("state", query.get("state") ?? "");
    if (this.user === undefined) back.searchParams.set("error", "access_denied");
    else {
      const code = `sha256~${randomBytes(32).toString("base64url")}`;
      this.#grants.set(code, { redirectUri, challenge: query.get("code_challenge") ?? "", user: this.user });
      back.searchParams.set("code", code);
    }
    response.writeHead(302, { location: back.href }).end();
  }
}

async function listen(server: Server): Promise<string> {
  await new Promise<void>((done) => {
    server.listen(0, "127.0.0.1", done);
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function json(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
}
