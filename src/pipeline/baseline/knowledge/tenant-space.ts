import type { RangeGroup } from "./knowledge.ts";

/**
 * Whether a published group is room that the provider rents out, or all of the provider: anybody can have an address in it
 * today, so that being in it says nothing about what is there. The names are the providers' own: AWS documents that `AMAZON`
 * holds every block and `EC2` the customers' machines, Azure that `AzureCloud` holds the whole region, Oracle that `OCI` is its
 * customers' networks, GitHub that `actions` and `codespaces` run its customers' jobs; Google's two lists name no services.
 */
export function isTenantSpace({ provider, service }: RangeGroup): boolean {
  switch (provider) {
    case "Amazon":
      return service === "AMAZON" || service === "EC2" || service === "GLOBALACCELERATOR";
    case "Google":
    case "Google Cloud":
      return true;
    case "Azure":
      return service === "AzureCloud";
    case "Oracle":
      return service === "OCI" || service === "";
    case "GitHub":
      return /^(actions|codespaces)/.test(service);
    default:
      return false;
  }
}
