import {
  allowInsecureRequests,
  authorizationCodeGrant,
  buildEndSessionUrl,
  ClientSecretBasic,
  ClientSecretPost,
  type ClientAuth,
  type Configuration,
  customFetch,
  discovery,
  fetchUserInfo,
  None,
} from "openid-client";
import type { Principal } from "../../app/access/principal.ts";
import type { RedirectSignIn } from "../../app/access/redirect-sign-in.ts";
import type { OidcSettings } from "../../app/access/sign-in-settings.ts";
import type { Failure } from "../../app/failure.ts";
import { readSecret, readTls } from "../../app/live/credentials.ts";
import { quoted } from "../../core/quoted.ts";
import { fail, ok, type Result } from "../../core/result.ts";
import { beginCodeFlow } from "./begin-code-flow.ts";
import { fetchWithCa } from "./fetch-with-ca.ts";
import { pendingOf } from "./pending.ts";
import { troubleOf } from "./trouble.ts";

const mostGroups = 500;
/** Users and groups that clusters give themselves. */
const clusterOwn = "system:";

/** An OpenID Connect provider: Keycloak, Entra ID, Okta, Dex, … */
export function openidSignIn(settings: OidcSettings): RedirectSignIn {
  const { id, title, issuer, clientId, scopes } = settings;
  let known: { readonly secret: string | undefined; readonly configuration: Configuration } | undefined;

  /** Asked for when it is first needed, and again when the secret was renewed: a provider that is away does not keep the server from starting. */
  async function configured(): Promise<Configuration> {
    const secret =
      settings.clientSecretFile === undefined
        ? undefined
        : await readSecret(settings.clientSecretFile, "clientSecretFile");
    if (known !== undefined && known.secret === secret) return known.configuration;
    const { ca } = settings.caFile === undefined ? { ca: undefined } : await readTls({ caFile: settings.caFile });
    const configuration = await discovery(new URL(issuer), clientId, undefined, clientAuth(secret), {
      [customFetch]: fetchWithCa(ca),
      // A laptop's loopback; the configuration refuses `http:` for anything else.
      // oxlint-disable-next-line typescript/no-deprecated -- marked so that it stands out
      execute: issuer.startsWith("http:") ? [allowInsecureRequests] : [],
      timeout: 10,
    });
    known = { secret, configuration };
    return configuration;
  }

  function clientAuth(secret: string | undefined): ClientAuth {
    if (secret === undefined) return None();
    return settings.clientAuthentication === "post" ? ClientSecretPost(secret) : ClientSecretBasic(secret);
  }

  return {
    id,
    title,
    start: async (callback) => {
      try {
        return ok(await beginCodeFlow(await configured(), callback, scopes.join(" "), true));
      } catch (error) {
        return fail(troubleOf(error, title));
      }
    },
    finish: async (returned, text) => {
      const pending = pendingOf(text);
      if (pending === undefined) return fail({ code: "sign_in_state", message: "begin to sign in again" });
      try {
        const configuration = await configured();
        const tokens = await authorizationCodeGrant(configuration, returned, {
          expectedState: pending.state,
          expectedNonce: pending.nonce,
          pkceCodeVerifier: pending.verifier,
          idTokenExpected: true,
        });
        const idToken = tokens.claims()!;
        // Many providers put groups and names only here.
        const more =
          configuration.serverMetadata().userinfo_endpoint === undefined
            ? {}
            : await fetchUserInfo(configuration, tokens.access_token, idToken.sub);
        return principalOf({ ...idToken, ...more }, settings);
      } catch (error) {
        return fail(troubleOf(error, title));
      }
    },
    signOutUrl: async (who) => {
      const isOurs =
        who.subject.startsWith(`oidc:${issuer}#`) || (settings.kubernetes !== undefined && isOfCluster(who));
      if (!isOurs) return undefined;
      try {
        const configuration = await configured();
        if (configuration.serverMetadata().end_session_endpoint === undefined) return undefined;
        const back = settings.signOutReturn;
        return buildEndSessionUrl(configuration, back === undefined ? {} : { post_logout_redirect_uri: back });
      } catch {
        // The session here has ended all the same.
        return undefined;
      }
    },
  };
}

/** Who the claims say it is. Groups may be a list or one text; whatever else it is, there are none. */
function principalOf(
  claims: Readonly<Record<string, unknown>>,
  { issuer, groupsClaim, nameClaim, kubernetes, title }: OidcSettings,
): Result<Principal, Failure> {
  const text = (claim: string): string | undefined => {
    const value = claims[claim];
    return typeof value === "string" && value !== "" ? value.slice(0, 300) : undefined;
  };
  const subject = text("sub");
  if (subject === undefined) {
    return fail({ code: "sign_in_provider", message: `${quoted(title)} does not say who signed in` });
  }
  const given = claims[groupsClaim];
  const groups = (Array.isArray(given) ? given : [given]).filter((each): each is string => typeof each === "string");
  // A cluster that trusts the same provider knows its people under a claim, with a prefix so that nobody can be named like a system user.
  const user = kubernetes === undefined ? undefined : text(kubernetes.userClaim);
  const groupPrefix = kubernetes?.groupsPrefix ?? "";
  const kubernetesUser = user === undefined ? undefined : `${kubernetes!.userPrefix}${user}`;
  const { email_verified: isVerified = true } = claims;
  // As API servers do: an address that anybody may claim is nobody's name.
  if (user !== undefined && kubernetes?.userClaim === "email" && isVerified !== true) {
    return fail({ code: "sign_in_denied", message: `${quoted(title)} has not verified the address ${quoted(user)}` });
  }
  if (kubernetesUser?.startsWith(clusterOwn) === true) {
    const message = `${quoted(kubernetesUser)} would be a user of the cluster's own; set \`userPrefix\` as its API server does`;
    return fail({ code: "sign_in_denied", message });
  }
  return ok({
    // One person is one subject, whether they come by this page or with a token of the cluster: nobody approves their own work by another door.
    subject: kubernetesUser === undefined ? `oidc:${issuer}#${subject}` : `kubernetes:${kubernetesUser}`,
    name: text(nameClaim) ?? text("name") ?? text("email") ?? subject,
    groups: groups
      .slice(0, mostGroups)
      .map((group) => `${groupPrefix}${group.slice(0, 300)}`)
      // `system:masters` may everything, whoever it was that named a group so.
      .filter((group) => !group.startsWith(clusterOwn)),
    kubernetesUser,
  });
}

function isOfCluster({ subject, kubernetesUser }: Principal): boolean {
  return kubernetesUser !== undefined && subject === `kubernetes:${kubernetesUser}`;
}
