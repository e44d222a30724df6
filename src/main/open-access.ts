import { homedir } from "node:os";
import { readAccessFile, readAccessText } from "../adapters/access-config/read-access-file.ts";
import { findAccess } from "../adapters/kubernetes/find-access.ts";
import { type ClusterReviews, clusterReviews } from "../adapters/kubernetes/reviews.ts";
import { openidSignIn } from "../adapters/oidc/openid.ts";
import { openshiftSignIn } from "../adapters/oidc/openshift.ts";
import { slackClient } from "../adapters/slack/slack-client.ts";
import { postWebhook } from "../adapters/webhook/post-webhook.ts";
import { accessByReviews } from "../app/access/access-by-reviews.ts";
import type { Access } from "../app/access/access.ts";
import { chooseAccess } from "../app/access/choose-access.ts";
import { accessByGrants } from "../app/access/grants.ts";
import { rememberTokens } from "../app/access/remember-tokens.ts";
import type { TokenReviewer } from "../app/access/reviews.ts";
import type { KubernetesAccessSettings } from "../app/access/sign-in-settings.ts";
import { beginToTell, type Destination, type FollowParts, tellJob, tellKind } from "../app/chat/follow-audit.ts";
import { slackDestination } from "../app/chat/slack-destination.ts";
import { SlackHook } from "../app/chat/slack-hook.ts";
import { SlackPeople } from "../app/chat/slack-people.ts";
import { SlackSignatures } from "../app/chat/slack-signature.ts";
import { webhookDestination } from "../app/chat/webhook-destination.ts";
import type { ProposalDesk } from "../app/desk/desk.ts";
import type { Failure } from "../app/failure.ts";
import type { JobHandlers } from "../app/jobs/job-handler.ts";
import { readSecret } from "../app/live/credentials.ts";
import type { Decisions } from "../app/state/books.ts";
import { fail, ok, type Result } from "../core/result.ts";
import type { SignInParts } from "../surfaces/http/api/api-parts.ts";

export interface AccessParts {
  /** Of `--access`; undefined: users of the server's own alone. */
  readonly file: string | undefined;
  readonly decisions: Decisions;
  readonly nowMs: () => number;
  /** For links in messages. */
  readonly publicUrl: URL;
  readonly onTrouble: (failure: Failure) => void;
}

/** Who may come in and do what, and where is talked. */
export interface OpenedAccess {
  readonly access: Access;
  readonly signIn: SignInParts;
  /** For `ApiParts.slack`, once the desk is there; undefined: Slack is not set up. */
  slackHook(proposals: ProposalDesk): SlackHook | undefined;
  /** For the runner of jobs. */
  readonly jobs: JobHandlers;
  /** To be called once jobs run. */
  begin(): Promise<void>;
  close(): void;
}

/** Reads the file and makes what it says; nobody is asked yet, so that a provider that is away keeps nothing from starting. */
export async function openAccess(parts: AccessParts): Promise<Result<OpenedAccess, readonly Failure[]>> {
  const { file, decisions, nowMs, publicUrl, onTrouble } = parts;
  const read = file === undefined ? readAccessText("", "") : await readAccessFile(file);
  if (!read.ok) return read;
  const { signIn, chat } = read.value;
  const clusters = await openClusters(signIn.kubernetes, signIn.openshift !== undefined);
  if (!clusters.ok) return clusters;
  const reviewers = clusters.value;
  const home = signIn.kubernetes.find(({ isHome }) => isHome)?.cluster;
  const homeReviewer = home === undefined ? undefined : reviewers.get(home);
  const access = chooseAccess([
    accessByGrants(decisions.users, signIn.grants),
    ...(reviewers.size === 0
      ? []
      : [
          accessByReviews({
            reviewerOf: (cluster) => reviewers.get(cluster),
            clusters: [...reviewers.keys()],
            home,
            nowMs,
            onTrouble: (_, failure) => onTrouble(failure),
          }),
        ]),
  ]);
  const tokens: TokenReviewer | undefined = homeReviewer && rememberTokens(homeReviewer, nowMs);
  const slack = chat.slack;
  const api = slack === undefined ? undefined : slackClient(slack);
  const destinations: Destination[] = chat.webhooks.map((webhook) =>
    webhookDestination(webhook, () => readSecret(webhook.secretFile, "secretFile"), postWebhook, nowMs),
  );
  if (slack !== undefined && api !== undefined) destinations.push(slackDestination(slack, api, publicUrl));
  const following: FollowParts = { decisions, destinations, nowMs, onTrouble };
  return ok({
    access,
    signIn: {
      local: signIn.local,
      redirects: [
        ...(signIn.openshift === undefined ? [] : [openshiftSignIn(signIn.openshift)]),
        ...signIn.oidc.map((each) => openidSignIn(each)),
      ],
      tokens,
      trustedProxies: signIn.trustedProxies,
      sessionTimes: { idleMs: signIn.idleMs, longestMs: signIn.longestMs },
    },
    slackHook: (proposals) => {
      if (slack === undefined || api === undefined) return undefined;
      return new SlackHook({
        proposals,
        people: new SlackPeople(slack, decisions, nowMs),
        signatures: new SlackSignatures(nowMs),
        api,
        team: slack.team,
        signingSecret: () => readSecret(slack.signingSecretFile, "signingSecretFile"),
        publicUrl,
        onTrouble,
      });
    },
    jobs: { [tellKind]: tellJob(following) },
    begin: () => beginToTell(following),
    close: () => {
      for (const reviewer of reviewers.values()) reviewer.close();
    },
  });
}

async function openClusters(
  settings: readonly KubernetesAccessSettings[],
  isOpenShift: boolean,
): Promise<Result<ReadonlyMap<string, ClusterReviews>, readonly Failure[]>> {
  const opened = new Map<string, ClusterReviews>();
  for (const { cluster, kubeconfig, context, audiences, isHome } of settings) {
    const options = {
      ...(kubeconfig === undefined ? {} : { kubeconfig }),
      ...(context === undefined ? {} : { context }),
    };
    try {
      const way = await findAccess(options, { variables: process.env, home: homedir() });
      opened.set(cluster, clusterReviews(way, { audiences, isOpenShift: isOpenShift && isHome }));
    } catch (error) {
      for (const reviewer of opened.values()) reviewer.close();
      const { message } = error as Error;
      return fail([{ code: "cluster_access", message: `the cluster \`${cluster}\` of \`--access\`: ${message}` }]);
    }
  }
  return ok(opened);
}
