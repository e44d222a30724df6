import type { CatalogueService } from "../knowledge.ts";
import { entry } from "./entry.ts";

const amazon = "Amazon Web Services";
/** Partition `aws`; S3's older regional hosts have `-` in place of the second dot. */
const amazonRegions = (
  "us-east-1 us-east-2 us-west-1 us-west-2 ca-central-1 ca-west-1 mx-central-1 sa-east-1 eu-west-1 eu-west-2 " +
  "eu-west-3 eu-central-1 eu-central-2 eu-north-1 eu-south-1 eu-south-2 ap-east-1 ap-south-1 ap-south-2 " +
  "ap-northeast-1 ap-northeast-2 ap-northeast-3 ap-southeast-1 ap-southeast-2 ap-southeast-3 ap-southeast-4 " +
  "ap-southeast-5 ap-southeast-7 af-south-1 il-central-1 me-central-1 me-south-1 us-gov-east-1 us-gov-west-1"
).split(" ");

/** Of one host: the host itself for paths, and one host below it for each bucket. */
function store(host: string): readonly string[] {
  return [host, `*.${host}`];
}

export const objectStores: readonly CatalogueService[] = [
  entry(
    "amazon-s3",
    "Amazon S3",
    amazon,
    [
      ...store("s3.amazonaws.com"),
      ...store("s3-accelerate.amazonaws.com"),
      ...store("s3-accelerate.dualstack.amazonaws.com"),
      ...amazonRegions.flatMap((region) => [
        ...store(`s3.${region}.amazonaws.com`),
        ...store(`s3-${region}.amazonaws.com`),
        ...store(`s3.dualstack.${region}.amazonaws.com`),
        ...store(`s3-fips.${region}.amazonaws.com`),
        ...store(`s3-website.${region}.amazonaws.com`),
        ...store(`s3-website-${region}.amazonaws.com`),
      ]),
    ],
    {
      ports: [80, 443],
      docs: "https://docs.aws.amazon.com/general/latest/gr/s3.html",
      traits: ["rotating", "shared"],
      grouping: "family",
    },
  ),
  entry(
    "amazon-s3-china",
    "Amazon S3 in China",
    amazon,
    ["cn-north-1", "cn-northwest-1"].flatMap((region) => store(`s3.${region}.amazonaws.com.cn`)),
    {
      ports: [80, 443],
      docs: "https://docs.amazonaws.cn/en_us/aws/latest/userguide/endpoints-Beijing.html",
      traits: ["rotating", "shared"],
      grouping: "family",
    },
  ),
  entry("google-cloud-storage", "Google Cloud Storage", "Google", store("storage.googleapis.com"), {
    ports: [80, 443, "udp/443"],
    docs: "https://cloud.google.com/storage/docs/request-endpoints",
    traits: ["rotating", "shared"],
    grouping: "family",
  }),
  entry(
    "azure-storage",
    "Azure Storage",
    "Microsoft",
    ["blob", "dfs", "file", "queue", "table", "web"].map((part) => `*.${part}.core.windows.net`),
    {
      docs: "https://learn.microsoft.com/azure/storage/common/storage-account-overview",
      traits: ["shared"],
      grouping: "family",
    },
  ),
  entry("cloudflare-r2", "Cloudflare R2", "Cloudflare", ["*.r2.cloudflarestorage.com"], {
    ports: [443],
    docs: "https://developers.cloudflare.com/r2/api/s3/",
    traits: ["shared"],
    grouping: "family",
  }),
  entry("backblaze-b2", "Backblaze B2", "Backblaze", ["api.backblazeb2.com", "*.backblazeb2.com"], {
    ports: [443],
    docs: "https://www.backblaze.com/docs/cloud-storage",
    traits: ["shared"],
    grouping: "family",
  }),
  entry("digitalocean-spaces", "DigitalOcean Spaces", "DigitalOcean", ["*.digitaloceanspaces.com"], {
    ports: [443],
    docs: "https://docs.digitalocean.com/products/spaces/",
    traits: ["shared"],
    grouping: "family",
  }),
  entry("wasabi", "Wasabi object storage", "Wasabi Technologies", ["s3.wasabisys.com", "*.wasabisys.com"], {
    ports: [80, 443],
    docs: "https://docs.wasabi.com/docs/what-are-the-service-urls-for-wasabis-different-storage-regions",
    traits: ["shared"],
    grouping: "family",
  }),
  entry("ibm-cloud-object-storage", "IBM Cloud Object Storage", "IBM", ["*.cloud-object-storage.appdomain.cloud"], {
    ports: [80, 443],
    docs: "https://cloud.ibm.com/docs/cloud-object-storage?topic=cloud-object-storage-endpoints",
    traits: ["shared"],
    grouping: "family",
  }),
];
