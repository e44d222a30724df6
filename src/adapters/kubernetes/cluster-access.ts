/** What a request is signed with. Secrets: never in messages. */
export interface Credentials {
  readonly token?: string;
  readonly cert?: string | Buffer;
  readonly key?: string | Buffer;
  /** The authority to trust, where it is replaced as tokens are; else that of the access holds. */
  readonly ca?: string | Buffer;
}

/** How to reach one cluster's API and as whom. */
export interface ClusterAccess {
  /** `https://…`, perhaps with a path (a cluster behind Rancher). */
  readonly server: URL;
  readonly ca?: string | Buffer;
  /** The server's certificate is not checked: only where a person asked for it. */
  readonly isInsecure: boolean;
  /** Name expected in the server's certificate, if not the host's. */
  readonly serverName?: string;
  readonly proxy?: URL;
  /** Acting as somebody else, where the kubeconfig says so. */
  readonly headers: Readonly<Record<string, string | string[]>>;
  /** Read again for each request: files rotate, plug-ins' answers expire. `isRefused`: the last ones got a 401. */
  credentials(isRefused: boolean): Promise<Credentials>;
}
