import type { CatalogueService } from "../knowledge.ts";
import { entry } from "./entry.ts";

const amazon = "Amazon Web Services";
const https = [443] as const;

export const clouds: readonly CatalogueService[] = [
  entry("aws-sts", "AWS Security Token Service", amazon, ["sts.amazonaws.com"], {
    ports: https,
    docs: "https://docs.aws.amazon.com/general/latest/gr/sts.html",
  }),
  entry("amazon-rds", "Amazon RDS", amazon, ["*.rds.amazonaws.com"], {
    docs: "https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/CHAP_Connecting.html",
    grouping: "umbrella",
  }),
  entry("amazon-msk", "Amazon MSK", amazon, ["*.kafka.amazonaws.com"], {
    docs: "https://docs.aws.amazon.com/msk/latest/developerguide/port-info.html",
    grouping: "umbrella",
  }),
  entry("aws-load-balancer", "a load balancer at AWS", amazon, ["*.elb.amazonaws.com"], {
    docs: "https://docs.aws.amazon.com/elasticloadbalancing/",
    grouping: "umbrella",
  }),
  entry("amazon-cloudfront", "a site behind Amazon CloudFront", amazon, ["*.cloudfront.net"], {
    ports: [80, 443, "udp/443"],
    docs: "https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/LocationsOfEdgeServers.html",
    traits: ["rotating", "shared"],
    grouping: "umbrella",
  }),
  entry("aws-api", "an AWS service endpoint", amazon, ["*.amazonaws.com", "*.api.aws", "*.amazonaws.com.cn"], {
    docs: "https://docs.aws.amazon.com/general/latest/gr/rande.html",
    grouping: "umbrella",
  }),
  entry("google-oauth", "Google sign-in and tokens", "Google", ["oauth2.googleapis.com", "accounts.google.com"], {
    ports: [443, "udp/443"],
    docs: "https://developers.google.com/identity/protocols/oauth2",
    traits: ["rotating", "shared"],
  }),
  entry("google-api", "a Google API", "Google", ["*.googleapis.com"], {
    ports: [443, "udp/443"],
    docs: "https://cloud.google.com/apis/docs/overview",
    traits: ["rotating", "shared"],
    grouping: "umbrella",
  }),
  entry(
    "google-artifact-registry",
    "Google Artifact Registry",
    "Google",
    ["gcr.io", "*.gcr.io", "pkg.dev", "*.pkg.dev"],
    {
      ports: https,
      docs: "https://cloud.google.com/artifact-registry/docs",
      traits: ["rotating", "shared"],
      grouping: "family",
    },
  ),
  entry(
    "microsoft-entra",
    "Microsoft Entra sign-in",
    "Microsoft",
    ["login.microsoftonline.com", "login.microsoft.com", "login.windows.net", "sts.windows.net"],
    { ports: https, docs: "https://learn.microsoft.com/entra/identity-platform/authentication-national-cloud" },
  ),
  entry("microsoft-graph", "Microsoft Graph", "Microsoft", ["graph.microsoft.com"], {
    ports: https,
    docs: "https://learn.microsoft.com/graph/deployments",
  }),
  entry("azure-resource-manager", "Azure Resource Manager", "Microsoft", ["management.azure.com"], {
    ports: https,
    docs: "https://learn.microsoft.com/azure/azure-resource-manager/management/overview",
  }),
  entry("azure-key-vault", "Azure Key Vault", "Microsoft", ["*.vault.azure.net"], {
    ports: https,
    docs: "https://learn.microsoft.com/azure/key-vault/general/access-behind-firewall",
    traits: ["shared"],
  }),
  entry("azure-service-bus", "Azure Service Bus and Event Hubs", "Microsoft", ["*.servicebus.windows.net"], {
    ports: [443, 5671, 5672, 9093],
    docs: "https://learn.microsoft.com/azure/event-hubs/troubleshooting-guide",
    traits: ["shared"],
  }),
  entry("azure-sql", "Azure SQL Database", "Microsoft", ["*.database.windows.net"], {
    docs: "https://learn.microsoft.com/azure/azure-sql/database/connectivity-architecture",
    traits: ["shared"],
  }),
  entry("azure-cosmos-db", "Azure Cosmos DB", "Microsoft", ["*.documents.azure.com"], {
    docs: "https://learn.microsoft.com/azure/cosmos-db/how-to-configure-firewall",
    traits: ["shared"],
  }),
  entry("azure-container-registry", "Azure Container Registry", "Microsoft", ["*.azurecr.io"], {
    ports: https,
    docs: "https://learn.microsoft.com/azure/container-registry/container-registry-firewall-access-rules",
    traits: ["shared"],
  }),
  entry(
    "azure-monitor",
    "Azure Monitor",
    "Microsoft",
    [
      "*.ods.opinsights.azure.com",
      "*.oms.opinsights.azure.com",
      "dc.services.visualstudio.com",
      "*.in.applicationinsights.azure.com",
    ],
    {
      ports: https,
      docs: "https://learn.microsoft.com/azure/azure-monitor/fundamentals/azure-monitor-network-access",
      grouping: "family",
    },
  ),
  entry("azure-app-service", "a site at Azure App Service", "Microsoft", ["*.azurewebsites.net"], {
    ports: [80, 443],
    docs: "https://learn.microsoft.com/azure/app-service/overview-inbound-outbound-ips",
    traits: ["shared"],
    grouping: "umbrella",
  }),
  entry("azure-front-door", "a site behind Azure Front Door", "Microsoft", ["*.azurefd.net", "*.azureedge.net"], {
    ports: [80, 443],
    docs: "https://learn.microsoft.com/azure/frontdoor/",
    traits: ["rotating", "shared"],
    grouping: "umbrella",
  }),
  entry("oracle-cloud-api", "an Oracle Cloud service endpoint", "Oracle", ["*.oraclecloud.com"], {
    docs: "https://docs.oracle.com/iaas/api/",
    grouping: "umbrella",
  }),
  entry("ibm-cloud-api", "an IBM Cloud service endpoint", "IBM", ["*.cloud.ibm.com"], {
    docs: "https://cloud.ibm.com/docs/overview?topic=overview-locations",
    grouping: "umbrella",
  }),
  entry("cloudflare-api", "Cloudflare API", "Cloudflare", ["api.cloudflare.com"], {
    ports: [443, "udp/443"],
    docs: "https://developers.cloudflare.com/api/",
    traits: ["shared"],
  }),
  // Content networks by the hosts that their customers' names are aliases of.
  entry(
    "akamai",
    "a site behind Akamai",
    "Akamai",
    ["*.akamaiedge.net", "*.akamai.net", "*.akamaized.net", "*.edgekey.net", "*.edgesuite.net"],
    { docs: "https://techdocs.akamai.com/", traits: ["rotating", "shared"], grouping: "umbrella" },
  ),
  entry("fastly", "a site behind Fastly", "Fastly", ["*.fastly.net", "*.fastlylb.net"], {
    docs: "https://www.fastly.com/documentation/",
    traits: ["shared"],
    grouping: "umbrella",
  }),
  entry("cloudflare", "a site behind Cloudflare", "Cloudflare", ["*.cdn.cloudflare.net"], {
    docs: "https://developers.cloudflare.com/dns/zone-setups/partial-setup/",
    traits: ["shared"],
    grouping: "umbrella",
  }),
];
