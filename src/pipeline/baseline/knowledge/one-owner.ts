/**
 * Second levels below which registries of countries sell names: `co.uk`, `com.au`, `go.jp`. The Public Suffix List has all of
 * them; these are the ones that are a word before a country's two letters.
 */
const registryLabels = new Set(
  (
    "ac co com edu go gob gouv gov gv id in info ltd me mil mod net ne nhs nom or org plc police res sch school web " +
    "asn biz dr firm gen k12 kep bel pol tel tv name ad ed gr lg lic"
  ).split(" "),
);

/** Hosts whose names below are given out to anybody: what two of them have in common is the landlord. */
const landlords = new Set(
  (
    "appspot.com cloudfunctions.net run.app web.app firebaseapp.com firebaseio.com withgoogle.com azurewebsites.net " +
    "azurefd.net azureedge.net trafficmanager.net cloudapp.net cloudapp.azure.com amazonaws.com cloudfront.net " +
    "elasticbeanstalk.com on.aws awsapprunner.com amplifyapp.com herokuapp.com herokudns.com netlify.app vercel.app " +
    "now.sh pages.dev workers.dev fly.dev github.io gitlab.io bitbucket.io githubpreview.dev onrender.com railway.app " +
    "surge.sh hf.space supabase.co akamaiedge.net akamai.net akamaized.net edgekey.net edgesuite.net fastly.net fastlylb.net ngrok.io " +
    "ngrok.app ngrok-free.app trycloudflare.com loca.lt duckdns.org no-ip.org ddns.net blogspot.com wordpress.com " +
    "myshopify.com wixsite.com weebly.com webflow.io readthedocs.io openshiftapps.com rhcloud.com appdomain.cloud " +
    "oraclecloudapps.com ondigitalocean.app b-cdn.net amazonaws.com.cn core.windows.net azurecr.io vault.azure.net " +
    "database.windows.net servicebus.windows.net documents.azure.com azure-api.net storage.googleapis.com " +
    "r2.cloudflarestorage.com r2.dev cdn.cloudflare.net digitaloceanspaces.com backblazeb2.com wasabisys.com " +
    "ngrok.dev nip.io sslip.io hopto.org zapto.org sytes.net dyndns.org dynu.net"
  ).split(" "),
);

/**
 * Whether names directly below `parent` may be taken for one owner's. Not for a top-level domain, for what registries sell
 * below, and for hosts that give names to anybody; parents of these hosts' regions (`eu-west-1.elb.amazonaws.com`) neither.
 */
export function mayBeOneOwners(parent: string): boolean {
  const labels = parent.split(".");
  if (labels.length < 2) return false;
  if (labels.length === 2 && labels[1]!.length === 2 && registryLabels.has(labels[0]!)) return false;
  return !labels.some((_, at) => landlords.has(labels.slice(at).join(".")));
}
