import { readFile } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { isNode, LineCounter, parseDocument } from "yaml";
import type { z } from "zod";
import type { KubernetesAccessSettings, SignInSettings } from "../../app/access/sign-in-settings.ts";
import type { ChatSettings } from "../../app/chat/chat-settings.ts";
import type { Failure } from "../../app/failure.ts";
import { quoted } from "../../core/quoted.ts";
import { fail, ok, type Result } from "../../core/result.ts";
import { accessConfig } from "./schema.ts";

export interface AccessSettings {
  readonly signIn: SignInSettings;
  readonly chat: ChatSettings;
}

const longestFile = 1 << 20;

/** Reads the file of `--access`. Every mistake is told, as `file:line:column: what`. */
export async function readAccessFile(path: string): Promise<Result<AccessSettings, readonly Failure[]>> {
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (error) {
    const { code = "" } = error as NodeJS.ErrnoException;
    const why = code === "ENOENT" ? "does not exist" : `cannot be read (${code})`;
    return fail([{ code: "access_config_unreadable", message: `${quoted(path)} ${why}` }]);
  }
  if (text.length > longestFile) {
    return fail([{ code: "access_config_unreadable", message: `${quoted(path)} is larger than 1 MiB` }]);
  }
  return readAccessText(text, path);
}

/** What is not in the text is as without a file: users of the server's own, and nobody else. */
export function readAccessText(text: string, path: string): Result<AccessSettings, readonly Failure[]> {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, uniqueKeys: true });
  const at = (offset: number, message: string): Failure => {
    const { line, col } = lines.linePos(offset);
    return { code: "access_config_invalid", message: `${path}:${line}:${col}: ${message}` };
  };
  if (document.errors.length > 0) {
    return fail(
      document.errors.map(({ pos, message }) => at(pos[0], message.split("\n", 1)[0]!.replace(/ at line .*$/, ""))),
    );
  }
  let value: unknown;
  try {
    value = document.toJS({ maxAliasCount: 0 }) ?? {};
  } catch {
    return fail([at(0, "it uses YAML aliases; write the values out")]);
  }
  const read = accessConfig.safeParse(value);
  if (read.success) return ok(settingsOf(read.data, (own) => resolve(dirname(path), own)));
  return fail(
    read.error.issues.map((issue) => {
      const where = issue.path.map(String).join(".");
      return at(offsetOf(issue.path), `${where === "" ? "the file" : `\`${where}\``} ${sentence(issue)}`);
    }),
  );

  /** Where it is written, or the closest thing around it. */
  function offsetOf(keys: readonly PropertyKey[]): number {
    for (let length = keys.length; length >= 0; length -= 1) {
      const node = length === 0 ? document.contents : document.getIn(keys.slice(0, length), true);
      if (isNode(node) && node.range) return node.range[0];
    }
    return 0;
  }
}

function sentence(issue: z.core.$ZodIssue): string {
  if (issue.code === "unrecognized_keys") return `has no option ${issue.keys.map(quoted).join(", ")}`;
  if (issue.code === "invalid_type") return `is to be a ${issue.expected}`;
  return issue.message.replace(/^Invalid/, "is an invalid").replace(/^Too/, "is too");
}

type Read = z.output<typeof accessConfig>;

function settingsOf(read: Read, path: (own: string) => string): AccessSettings {
  const maybe = (own: string | undefined): string | undefined => (own === undefined ? undefined : path(own));
  const { openshift, slack } = read;
  return {
    signIn: {
      local: read.local,
      idleMs: read.sessionIdle,
      longestMs: read.sessionLongest,
      grants: read.grants,
      trustedProxies: read.trustedProxies,
      oidc: read.oidc.map((each) => ({
        ...each,
        clientSecretFile: maybe(each.clientSecretFile),
        caFile: maybe(each.caFile),
        kubernetes: each.kubernetes,
        signOutReturn: each.signOutReturn,
      })),
      openshift:
        openshift === undefined
          ? undefined
          : {
              ...openshift,
              id: "openshift",
              clientSecretFile: path(openshift.clientSecretFile),
              caFile: path(openshift.caFile),
            },
      kubernetes: read.kubernetes.map(
        ({ cluster, kubeconfig, context, home, audiences }): KubernetesAccessSettings => ({
          cluster,
          kubeconfig: maybe(kubeconfig),
          context,
          isHome: home,
          audiences,
        }),
      ),
    },
    chat: {
      slack:
        slack === undefined
          ? undefined
          : {
              ...slack,
              channel: slack.channel,
              signingSecretFile: path(slack.signingSecretFile),
              botTokenFile: maybe(slack.botTokenFile),
              incomingWebhookFile: maybe(slack.incomingWebhookFile),
              people: slack.people.map((each) => ({ ...each, kubernetesUser: each.kubernetesUser })),
            },
      webhooks: read.webhooks.map((each) => ({ ...each, secretFile: path(each.secretFile) })),
    },
  };
}
