/** What the name of a user of this server's own looks like. */
export const userName: RegExp = /^[a-z0-9](?:[a-z0-9._-]{0,61}[a-z0-9])?$/;

/** Where a grant holds: `cluster/namespace` with `*` for any run of characters, or `*` for everything. */
export const grantPlace: RegExp = /^(?:\*|[^/]{1,253}\/[^/]{1,63})$/;
