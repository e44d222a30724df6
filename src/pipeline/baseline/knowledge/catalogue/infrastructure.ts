import type { CatalogueService } from "../knowledge.ts";
import { entry } from "./entry.ts";

const ntp = ["udp/123"] as const;
/** NTP with authentication first asks for keys over TLS, RFC 8915. */
const ntpWithKeys = ["udp/123", 4460] as const;
/** Revocation lists and OCSP are plain HTTP by design, RFC 5280 and RFC 6960. */
const revocation = [80, 443] as const;
const dns = ["udp/53", 53, 853, 443, "udp/443"] as const;

/** Time, names and certificates. */
export const infrastructure: readonly CatalogueService[] = [
  entry("ntp-pool", "NTP Pool", "NTP Pool Project", ["pool.ntp.org", "*.pool.ntp.org"], {
    ports: ntp,
    docs: "https://www.ntppool.org/en/use.html",
    traits: ["rotating"],
    grouping: "family",
  }),
  entry(
    "google-time",
    "Google Public NTP",
    "Google",
    ["time.google.com", "time1.google.com", "time2.google.com", "time3.google.com", "time4.google.com"],
    {
      ports: ntp,
      docs: "https://developers.google.com/time",
    },
  ),
  entry("cloudflare-time", "Cloudflare time", "Cloudflare", ["time.cloudflare.com"], {
    ports: ntpWithKeys,
    docs: "https://developers.cloudflare.com/time-services/",
  }),
  entry("amazon-time", "Amazon Time Sync", "Amazon Web Services", ["time.aws.com"], {
    ports: ntp,
    docs: "https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/set-time.html",
  }),
  entry("windows-time", "Windows time", "Microsoft", ["time.windows.com"], {
    ports: ntp,
    docs: "https://learn.microsoft.com/windows-server/networking/windows-time-service/",
  }),
  entry("google-public-dns", "Google Public DNS", "Google", ["dns.google"], {
    ports: dns,
    docs: "https://developers.google.com/speed/public-dns",
  }),
  entry("cloudflare-dns", "Cloudflare 1.1.1.1", "Cloudflare", ["one.one.one.one", "cloudflare-dns.com"], {
    ports: dns,
    docs: "https://developers.cloudflare.com/1.1.1.1/",
  }),
  entry("quad9", "Quad9", "Quad9", ["dns.quad9.net"], {
    ports: dns,
    docs: "https://www.quad9.net/service/service-addresses-and-features/",
  }),
  entry(
    "lets-encrypt",
    "Let's Encrypt ACME",
    "Internet Security Research Group",
    ["acme-v02.api.letsencrypt.org", "acme-staging-v02.api.letsencrypt.org"],
    {
      ports: [443],
      docs: "https://letsencrypt.org/docs/acme-protocol-updates/",
      traits: ["shared"],
    },
  ),
  entry(
    "lets-encrypt-revocation",
    "Let's Encrypt revocation",
    "Internet Security Research Group",
    ["*.o.lencr.org", "*.c.lencr.org", "*.i.lencr.org"],
    {
      ports: revocation,
      docs: "https://letsencrypt.org/docs/lencr.org/",
      traits: ["shared"],
      grouping: "family",
    },
  ),
  entry("zerossl", "ZeroSSL ACME", "ZeroSSL", ["acme.zerossl.com"], {
    ports: [443],
    docs: "https://zerossl.com/documentation/acme/",
  }),
  entry(
    "google-trust-services",
    "Google Trust Services",
    "Google",
    ["dv.acme-v02.api.pki.goog", "o.pki.goog", "c.pki.goog", "i.pki.goog", "ocsp.pki.goog", "crl.pki.goog"],
    {
      ports: revocation,
      docs: "https://pki.goog/",
      traits: ["shared"],
    },
  ),
  entry(
    "digicert-revocation",
    "DigiCert revocation",
    "DigiCert",
    ["ocsp.digicert.com", "crl3.digicert.com", "crl4.digicert.com", "cacerts.digicert.com"],
    {
      ports: revocation,
      docs: "https://knowledge.digicert.com/",
      traits: ["shared"],
    },
  ),
  entry(
    "sectigo-revocation",
    "Sectigo revocation",
    "Sectigo",
    [
      "ocsp.sectigo.com",
      "crl.sectigo.com",
      "crt.sectigo.com",
      "ocsp.comodoca.com",
      "ocsp.usertrust.com",
      "crl.usertrust.com",
    ],
    {
      ports: revocation,
      docs: "https://www.sectigo.com/knowledge-base",
      traits: ["shared"],
    },
  ),
  entry(
    "globalsign-revocation",
    "GlobalSign revocation",
    "GlobalSign",
    ["ocsp.globalsign.com", "crl.globalsign.com", "secure.globalsign.com", "ocsp2.globalsign.com"],
    {
      ports: revocation,
      docs: "https://support.globalsign.com/",
      traits: ["shared"],
    },
  ),
  entry("amazon-trust-revocation", "Amazon Trust Services revocation", "Amazon Web Services", ["*.amazontrust.com"], {
    ports: revocation,
    docs: "https://www.amazontrust.com/repository/",
    traits: ["shared"],
    grouping: "family",
  }),
  entry(
    "entrust-revocation",
    "Entrust revocation",
    "Entrust",
    ["ocsp.entrust.net", "crl.entrust.net", "aia.entrust.net"],
    { ports: revocation, docs: "https://www.entrust.com/resources/certificate-solutions" },
  ),
];
