import { expect, test } from "vitest";
import { aclName, dnsAddressSet, hashedName } from "./names.ts";

test.each([
  // Literals in OVN-Kubernetes' own documentation of its ACLs.
  ["default", "a16982411286042166782"],
  ["default-network-controller:Namespace:default:v4", "a4322231855293774466"],
])("the hash of %s is %s", (id, name) => expect(hashedName(id)).toBe(name));

test("an address set of a name is called as in OVN-Kubernetes' documentation", () => {
  expect(dnsAddressSet("www.openvswitch.org", "v4")).toBe("a5272457940446250407");
});

test("a namespace of 63 characters leaves no room for the index", () => {
  expect(aclName("EF", "n".repeat(59), 7)).toBe(`EF:${"n".repeat(59)}:`);
  expect(aclName("EF", "n".repeat(63), 7)).toBe(`EF:${"n".repeat(60)}`);
});
