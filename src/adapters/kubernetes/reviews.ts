import { z } from "zod";
import type { Principal } from "../../app/access/principal.ts";
import type { AccessReviewer, TokenReviewer } from "../../app/access/reviews.ts";
import type { Failure } from "../../app/failure.ts";
import { fail, ok, type Result } from "../../core/result.ts";
import { ApiClient } from "./api-client.ts";
import type { ClusterAccess } from "./cluster-access.ts";
import { readBody } from "./read-body.ts";

export interface ReviewOptions {
  /** What a token must be meant for; empty: the API server's own audience. */
  readonly audiences?: readonly string[];
  readonly patienceMs?: number;
  /** People of this cluster also sign in through its OAuth server: with a token they are the same person. */
  readonly isOpenShift?: boolean;
}

/** Questions about people to one cluster. Needs `deploy/server-rbac.yaml`. */
export interface ClusterReviews extends AccessReviewer, TokenReviewer {
  close(): void;
}

const longestAnswer = 1 << 20;

const accessAnswer = z.object({ status: z.object({ allowed: z.boolean(), denied: z.boolean().optional() }) });
const tokenAnswer = z.object({
  status: z.object({
    authenticated: z.boolean().optional(),
    audiences: z.array(z.string()).optional(),
    user: z.object({ username: z.string().optional(), groups: z.array(z.string()).optional() }).optional(),
  }),
});

/** SubjectAccessReview and TokenReview of one cluster, as the server's own service account. */
export function clusterReviews(access: ClusterAccess, options: ReviewOptions = {}): ClusterReviews {
  const { audiences = [], patienceMs = 10_000, isOpenShift = false } = options;
  const client = new ApiClient(access, { patienceMs });
  const host = access.server.host;

  async function review<T>(
    path: string,
    object: unknown,
    shape: z.ZodType<T>,
    signal: AbortSignal,
  ): Promise<Result<T, Failure>> {
    try {
      const { status, body } = await client.post(path, JSON.stringify(object), signal);
      const chunks: Buffer[] = [];
      let bytes = 0;
      await readBody(
        body,
        (chunk) => {
          bytes += chunk.length;
          if (bytes > longestAnswer) throw new Error("the answer is too long");
          chunks.push(chunk);
        },
        patienceMs,
      );
      if (status !== 201 && status !== 200) return fail(refusal(status, path));
      const read = shape.safeParse(JSON.parse(Buffer.concat(chunks).toString("utf8")));
      if (read.success) return ok(read.data);
      return fail({
        code: "cluster_review",
        message: `the API server at \`${host}\` answered ${path} in another form`,
      });
    } catch (error) {
      const code = error instanceof Error && "code" in error ? String(error.code) : undefined;
      const why = code ?? (error instanceof Error ? error.message : String(error));
      return fail({
        code: "cluster_review",
        message: `the API server at \`${host}\` cannot be asked who may do what (${why})`,
      });
    }
  }

  function refusal(status: number, path: string): Failure {
    const kind = path.split("/").pop()!;
    const what =
      status === 403
        ? `give the server's service account the role in \`deploy/server-rbac.yaml\``
        : status === 401
          ? "renew the server's own credentials"
          : "trying again with the next request";
    return { code: "cluster_review", message: `the API server at \`${host}\` refused ${kind} (${status}); ${what}` };
  }

  return {
    mayDo: async (user, { group, resource, subresource, verb, namespace }, signal) => {
      const object = {
        apiVersion: "authorization.k8s.io/v1",
        kind: "SubjectAccessReview",
        spec: {
          user: user.name,
          groups: user.groups,
          resourceAttributes: {
            group,
            resource,
            verb,
            ...(subresource === undefined ? {} : { subresource }),
            ...(namespace === undefined ? {} : { namespace }),
          },
        },
      };
      const answer = await review("/apis/authorization.k8s.io/v1/subjectaccessreviews", object, accessAnswer, signal);
      return answer.ok ? ok(answer.value.status.allowed && answer.value.status.denied !== true) : answer;
    },
    whoHas: async (token, signal) => {
      const object = {
        apiVersion: "authentication.k8s.io/v1",
        kind: "TokenReview",
        spec: { token, ...(audiences.length === 0 ? {} : { audiences }) },
      };
      const answer = await review("/apis/authentication.k8s.io/v1/tokenreviews", object, tokenAnswer, signal);
      if (!answer.ok) return answer;
      const { authenticated, audiences: meant = [], user } = answer.value.status;
      if (authenticated !== true || user?.username === undefined || user.username === "") return ok(undefined);
      // An authenticator that knows nothing of audiences answers without any: its word is then about the API server only.
      if (audiences.length > 0 && !meant.some((each) => audiences.includes(each))) return ok(undefined);
      return ok(principalOf(user.username, user.groups ?? [], isOpenShift));
    },
    close: () => client.close(),
  };
}

function principalOf(username: string, groups: readonly string[], isOpenShift: boolean): Principal {
  const kind = isOpenShift && !username.startsWith("system:") ? "openshift" : "kubernetes";
  return { subject: `${kind}:${username}`, name: username, groups, kubernetesUser: username };
}
