import {
  allowInsecureRequests,
  authorizationCodeGrant,
  ClientSecretPost,
  Configuration,
  customFetch,
} from "openid-client";
import { z } from "zod";
import type { RedirectSignIn } from "../../app/access/redirect-sign-in.ts";
import type { OpenShiftSettings } from "../../app/access/sign-in-settings.ts";
import { readSecret, readTls } from "../../app/live/credentials.ts";
import { fail, ok } from "../../core/result.ts";
import { beginCodeFlow } from "./begin-code-flow.ts";
import { fetchWithCa } from "./fetch-with-ca.ts";
import { pendingOf } from "./pending.ts";
import { troubleOf } from "./trouble.ts";

const metadataShape = z.looseObject({
  issuer: z.url(),
  authorization_endpoint: z.url(),
  token_endpoint: z.url(),
});
const userShape = z.object({
  metadata: z.object({ name: z.string().min(1).max(300), uid: z.string().optional() }),
  fullName: z.string().optional(),
  groups: z.array(z.string()).nullish(),
});

/**
 * OpenShift's own OAuth server. The API server says where it is (`/.well-known/oauth-authorization-server`), a service account is the
 * client, and who signed in is what `users/~` says to the token: the same name and groups that the cluster's RBAC knows.
 */
export function openshiftSignIn(settings: OpenShiftSettings): RedirectSignIn {
  const { id, title, apiServer, clientId } = settings;
  const api = apiServer.replace(/\/$/, "");

  async function configured(): Promise<{ readonly configuration: Configuration; readonly ask: Ask }> {
    const secret = await readSecret(settings.clientSecretFile, "clientSecretFile");
    const { ca } = settings.caFile === undefined ? { ca: undefined } : await readTls({ caFile: settings.caFile });
    const fetchOwn = fetchWithCa(ca);
    const ask: Ask = async (path, token) => {
      const headers = {
        accept: "application/json",
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      };
      const answer = await fetchOwn(`${api}${path}`, { method: "GET", headers, body: null, redirect: "manual" });
      if (answer.status !== 200) throw new Error(`the API server answered ${answer.status} for ${path}`);
      return answer.json();
    };
    // The issuer is another host than the one that tells about it, so this is not the library's own discovery.
    const metadata = metadataShape.parse(await ask("/.well-known/oauth-authorization-server", undefined));
    const configuration = new Configuration(metadata as never, clientId, undefined, ClientSecretPost(secret));
    configuration[customFetch] = fetchOwn;
    configuration.timeout = 10;
    // oxlint-disable-next-line typescript/no-deprecated -- marked so that it stands out
    if (metadata.issuer.startsWith("http:") && api.startsWith("http:")) allowInsecureRequests(configuration);
    return { configuration, ask };
  }

  return {
    id,
    title,
    start: async (callback) => {
      try {
        const { configuration } = await configured();
        // Who it is, and nothing else: the token cannot do what the person can.
        return ok(await beginCodeFlow(configuration, callback, "user:info", false));
      } catch (error) {
        return fail(troubleOf(error, title));
      }
    },
    finish: async (returned, text) => {
      const pending = pendingOf(text);
      if (pending === undefined) return fail({ code: "sign_in_state", message: "begin to sign in again" });
      try {
        const { configuration, ask } = await configured();
        const tokens = await authorizationCodeGrant(configuration, returned, {
          expectedState: pending.state,
          pkceCodeVerifier: pending.verifier,
        });
        const user = userShape.parse(await ask("/apis/user.openshift.io/v1/users/~", tokens.access_token));
        const { name } = user.metadata;
        return ok({
          subject: `openshift:${name}`,
          name: user.fullName === undefined || user.fullName === "" ? name : user.fullName.slice(0, 300),
          groups: [...new Set([...(user.groups ?? []), "system:authenticated", "system:authenticated:oauth"])],
          kubernetesUser: name,
        });
      } catch (error) {
        return fail(troubleOf(error, title));
      }
    },
  };
}

type Ask = (path: string, token: string | undefined) => Promise<unknown>;
