/** What is written into the northbound database, and the `ovn-nbctl` words that write it. */

export interface Acl {
  readonly name: string;
  readonly direction: "from-lport" | "to-lport";
  readonly priority: number;
  readonly action: "allow" | "allow-related" | "drop";
  readonly match: string;
  readonly afterLoadBalancer: boolean;
  readonly externalIds: Readonly<Record<string, string>>;
}

export interface PortGroup {
  readonly name: string;
  readonly ports: readonly string[];
  readonly acls: readonly Acl[];
}

export interface AddressSet {
  readonly name: string;
  readonly addresses: readonly string[];
}

/** Commands of one `ovn-nbctl` transaction; joined with `--`. */
export type Commands = readonly (readonly string[])[];

export function portGroupCommands({ name, ports, acls }: PortGroup, hasTiers: boolean): Commands {
  const ids = acls.map((_, i) => `@${name}_${i}`);
  return [
    ...acls.map((acl, i) => [`--id=${ids[i]}`, "create", "ACL", ...aclColumns(acl, hasTiers)]),
    ["pg-add", name, ...ports],
    ...(acls.length === 0 ? [] : [["add", "Port_Group", name, "acls", ...ids]]),
  ];
}

function aclColumns(acl: Acl, hasTiers: boolean): string[] {
  return [
    `name=${quote(acl.name)}`,
    `direction=${acl.direction}`,
    `priority=${acl.priority}`,
    `action=${acl.action}`,
    `match=${quote(acl.match)}`,
    `external_ids={${Object.entries(acl.externalIds)
      .map(([key, value]) => `${quote(key)}=${quote(value)}`)
      .join(",")}}`,
    ...(acl.afterLoadBalancer ? ["options:apply-after-lb=true"] : []),
    ...(hasTiers ? ["tier=2"] : []),
  ];
}

export function addressSetCommands({ name, addresses }: AddressSet): Commands {
  const column = addresses.length === 0 ? [] : [`addresses=${addresses.map(quote).join(",")}`];
  return [["create", "Address_Set", `name=${name}`, ...column]];
}

/** OVSDB strings in commands are JSON strings. */
function quote(text: string): string {
  return JSON.stringify(text);
}
