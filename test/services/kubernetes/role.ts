import { parseAllDocuments } from "yaml";

/** One request as authorisation sees it. */
export interface Asked {
  readonly verb: string;
  readonly group: string;
  readonly resource: string;
  /** Of the object that is named, by path or by field selector. */
  readonly name: string | undefined;
}

interface Rule {
  readonly apiGroups?: readonly string[];
  readonly resources?: readonly string[];
  readonly verbs: readonly string[];
  readonly resourceNames?: readonly string[];
  readonly nonResourceURLs?: readonly string[];
}

interface Manifest {
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
  readonly rules?: readonly Rule[];
  readonly roleRef?: { readonly kind: string; readonly name: string; readonly apiGroup: string };
  readonly subjects?: readonly { readonly kind: string; readonly name: string; readonly namespace?: string }[];
}

/** What a service account may do by the manifests of a file, judged as Kubernetes does: nothing that no rule allows. */
export class Role {
  readonly rules: readonly Rule[];
  readonly account: { readonly namespace: string; readonly name: string };
  readonly manifests: readonly Manifest[];

  constructor(yaml: string) {
    this.manifests = parseAllDocuments(yaml).map((document): Manifest => document.toJS() as Manifest);
    const account = this.manifests.find(({ kind }) => kind === "ServiceAccount");
    if (account === undefined) throw new Error("the file has no ServiceAccount");
    this.account = { namespace: account.metadata.namespace ?? "", name: account.metadata.name };
    const bindings = this.manifests
      .filter(({ kind, subjects = [] }) => kind === "ClusterRoleBinding" && subjects.some((one) => this.isMe(one)))
      .map(({ roleRef }) => roleRef?.name);
    const bound = new Set(bindings);
    this.rules = this.manifests
      .filter(({ kind, metadata }) => kind === "ClusterRole" && bound.has(metadata.name))
      .flatMap(({ rules = [] }) => rules);
  }

  private isMe({
    kind,
    name,
    namespace,
  }: {
    readonly kind: string;
    readonly name: string;
    readonly namespace?: string;
  }): boolean {
    return kind === "ServiceAccount" && name === this.account.name && namespace === this.account.namespace;
  }

  allows({ verb, group, resource, name }: Asked): boolean {
    return this.rules.some(
      ({ apiGroups = [], resources = [], verbs, resourceNames }) =>
        apiGroups.includes(group) &&
        resources.includes(resource) &&
        verbs.includes(verb) &&
        (resourceNames === undefined || (name !== undefined && resourceNames.includes(name))),
    );
  }
}
