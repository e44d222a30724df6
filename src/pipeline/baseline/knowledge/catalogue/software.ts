import type { CatalogueService } from "../knowledge.ts";
import { entry } from "./entry.ts";

const https = [443] as const;

/** Where software comes from: registries of images and packages, hosts of source, Red Hat's own. */
export const software: readonly CatalogueService[] = [
  entry(
    "red-hat-registry",
    "Red Hat container registry",
    "Red Hat",
    ["registry.redhat.io", "registry.access.redhat.com", "registry.connect.redhat.com", "access.redhat.com"],
    {
      ports: https,
      docs: "https://docs.openshift.com/container-platform/latest/installing/install_config/configuring-firewall.html",
    },
  ),
  entry(
    "red-hat-telemetry",
    "OpenShift Telemetry and Insights",
    "Red Hat",
    ["cert-api.access.redhat.com", "api.access.redhat.com", "infogw.api.openshift.com"],
    {
      ports: https,
      docs: "https://docs.openshift.com/container-platform/latest/installing/install_config/configuring-firewall.html",
    },
  ),
  entry("red-hat-console", "Red Hat Hybrid Cloud Console", "Red Hat", ["console.redhat.com", "cloud.redhat.com"], {
    ports: https,
    docs: "https://docs.openshift.com/container-platform/latest/installing/install_config/configuring-firewall.html",
  }),
  entry("red-hat-sso", "Red Hat sign-in", "Red Hat", ["sso.redhat.com"], {
    ports: https,
    docs: "https://docs.openshift.com/container-platform/latest/installing/install_config/configuring-firewall.html",
  }),
  entry(
    "red-hat-subscription",
    "Red Hat Subscription Management",
    "Red Hat",
    ["subscription.rhsm.redhat.com", "subscription.rhn.redhat.com", "cdn.redhat.com"],
    {
      ports: https,
      docs: "https://access.redhat.com/solutions/65300",
    },
  ),
  entry(
    "openshift-updates",
    "OpenShift updates",
    "Red Hat",
    ["api.openshift.com", "mirror.openshift.com", "rhcos.mirror.openshift.com"],
    {
      ports: https,
      docs: "https://docs.openshift.com/container-platform/latest/installing/install_config/configuring-firewall.html",
    },
  ),
  entry("quay", "Quay.io", "Red Hat", ["quay.io"], {
    ports: https,
    docs: "https://docs.openshift.com/container-platform/latest/installing/install_config/configuring-firewall.html",
    traits: ["shared"],
  }),
  // Layers come from a content network, which has other addresses than the registry.
  entry("quay-layers", "Quay.io image layers", "Red Hat", ["*.quay.io", "quayio-production-s3.s3.amazonaws.com"], {
    ports: https,
    docs: "https://docs.openshift.com/container-platform/latest/installing/install_config/configuring-firewall.html",
    traits: ["rotating", "shared"],
    grouping: "family",
  }),
  entry("docker-hub", "Docker Hub", "Docker", ["docker.io", "*.docker.io", "hub.docker.com", "login.docker.com"], {
    ports: https,
    docs: "https://docs.docker.com/desktop/setup/allow-list/",
    grouping: "family",
  }),
  entry(
    "docker-hub-layers",
    "Docker Hub image layers",
    "Docker",
    [
      "production.cloudflare.docker.com",
      "docker-images-prod.6aa30f8b08e16409b46e0173d6de2f56.r2.cloudflarestorage.com",
    ],
    { ports: https, docs: "https://docs.docker.com/desktop/setup/allow-list/", traits: ["shared"] },
  ),
  entry("github-packages", "GitHub container registry", "GitHub", ["ghcr.io", "pkg-containers.githubusercontent.com"], {
    ports: https,
    docs: "https://docs.github.com/packages/working-with-a-github-packages-registry/working-with-the-container-registry",
    traits: ["shared"],
  }),
  entry(
    "microsoft-artifact-registry",
    "Microsoft Artifact Registry",
    "Microsoft",
    ["mcr.microsoft.com", "*.data.mcr.microsoft.com"],
    {
      ports: https,
      docs: "https://github.com/microsoft/containerregistry/blob/main/docs/client-firewall-rules.md",
      traits: ["shared"],
      grouping: "family",
    },
  ),
  entry("amazon-ecr-public", "Amazon ECR Public", "Amazon Web Services", ["public.ecr.aws"], {
    ports: https,
    docs: "https://docs.aws.amazon.com/AmazonECR/latest/public/public-registries.html",
    traits: ["shared"],
  }),
  entry("kubernetes-registry", "Kubernetes container registry", "Kubernetes", ["registry.k8s.io"], {
    ports: https,
    docs: "https://kubernetes.io/blog/2023/03/10/image-registry-redirect/",
    traits: ["shared"],
  }),
  entry("npm", "npm registry", "GitHub", ["registry.npmjs.org"], {
    ports: https,
    docs: "https://docs.npmjs.com/cli/using-npm/registry",
    traits: ["shared"],
  }),
  entry("yarn", "Yarn registry", "Yarn", ["registry.yarnpkg.com"], {
    ports: https,
    docs: "https://classic.yarnpkg.com/",
    traits: ["shared"],
  }),
  entry("pypi", "Python Package Index", "Python Software Foundation", ["pypi.org", "files.pythonhosted.org"], {
    ports: https,
    docs: "https://docs.pypi.org/",
    traits: ["shared"],
  }),
  entry("maven-central", "Maven Central", "Sonatype", ["repo.maven.apache.org", "repo1.maven.org"], {
    ports: [80, 443],
    docs: "https://central.sonatype.org/",
    traits: ["shared"],
  }),
  entry(
    "gradle",
    "Gradle services and plugins",
    "Gradle",
    ["services.gradle.org", "plugins.gradle.org", "downloads.gradle.org"],
    { ports: https, docs: "https://docs.gradle.org/", traits: ["shared"] },
  ),
  entry("rubygems", "RubyGems", "Ruby Central", ["rubygems.org", "index.rubygems.org"], {
    ports: https,
    docs: "https://guides.rubygems.org/",
    traits: ["shared"],
  }),
  entry("nuget", "NuGet", "Microsoft", ["api.nuget.org", "www.nuget.org", "globalcdn.nuget.org"], {
    ports: https,
    docs: "https://learn.microsoft.com/nuget/api/overview",
    traits: ["shared"],
  }),
  entry("go-modules", "Go module mirror", "Google", ["proxy.golang.org", "sum.golang.org"], {
    ports: [443, "udp/443"],
    docs: "https://proxy.golang.org/",
    traits: ["shared"],
  }),
  entry("crates-io", "crates.io", "Rust Foundation", ["crates.io", "index.crates.io", "static.crates.io"], {
    ports: https,
    docs: "https://doc.rust-lang.org/cargo/",
    traits: ["shared"],
  }),
  entry("debian-mirrors", "Debian packages", "Debian", ["deb.debian.org", "security.debian.org"], {
    ports: [80, 443],
    docs: "https://deb.debian.org/",
    traits: ["shared"],
  }),
  entry(
    "ubuntu-mirrors",
    "Ubuntu packages",
    "Canonical",
    ["archive.ubuntu.com", "*.archive.ubuntu.com", "security.ubuntu.com", "ports.ubuntu.com"],
    { ports: [80, 443], docs: "https://ubuntu.com/server/docs/package-management", grouping: "family" },
  ),
  entry("alpine-mirrors", "Alpine packages", "Alpine Linux", ["dl-cdn.alpinelinux.org"], {
    ports: [80, 443],
    docs: "https://wiki.alpinelinux.org/wiki/Repositories",
    traits: ["shared"],
  }),
  entry(
    "fedora-mirrors",
    "Fedora mirror list and downloads",
    "Fedora Project",
    ["mirrors.fedoraproject.org", "dl.fedoraproject.org"],
    { ports: [80, 443], docs: "https://docs.fedoraproject.org/" },
  ),
  entry("github", "GitHub", "GitHub", ["github.com", "ssh.github.com", "codeload.github.com"], {
    ports: [22, 443],
    docs: "https://docs.github.com/authentication/keeping-your-account-and-data-secure/about-githubs-ip-addresses",
    traits: ["shared"],
  }),
  entry("github-api", "GitHub API", "GitHub", ["api.github.com", "uploads.github.com"], {
    ports: https,
    docs: "https://docs.github.com/authentication/keeping-your-account-and-data-secure/about-githubs-ip-addresses",
    traits: ["shared"],
  }),
  entry("github-content", "GitHub files and releases", "GitHub", ["*.githubusercontent.com"], {
    ports: https,
    docs: "https://docs.github.com/actions/hosting-your-own-runners/managing-self-hosted-runners/communicating-with-self-hosted-runners",
    traits: ["shared"],
    grouping: "family",
  }),
  entry("github-pages", "a site at GitHub Pages", "GitHub", ["*.github.io"], {
    ports: [80, 443],
    docs: "https://docs.github.com/pages",
    traits: ["shared"],
    grouping: "umbrella",
  }),
  entry("gitlab", "GitLab.com", "GitLab", ["gitlab.com", "registry.gitlab.com", "altssh.gitlab.com"], {
    ports: [22, 80, 443],
    docs: "https://docs.gitlab.com/user/gitlab_com/",
    traits: ["shared"],
  }),
  entry("bitbucket", "Bitbucket Cloud", "Atlassian", ["bitbucket.org", "api.bitbucket.org", "altssh.bitbucket.org"], {
    ports: [22, 443],
    docs: "https://support.atlassian.com/bitbucket-cloud/docs/what-are-the-bitbucket-cloud-ip-addresses-i-should-use-to-configure-my-corporate-firewall/",
  }),
  entry("azure-devops", "Azure DevOps", "Microsoft", ["dev.azure.com", "*.dev.azure.com", "*.visualstudio.com"], {
    ports: [22, 443],
    docs: "https://learn.microsoft.com/azure/devops/organizations/security/allow-list-ip-url",
    traits: ["shared"],
  }),
  entry(
    "hashicorp-releases",
    "HashiCorp releases and registry",
    "HashiCorp",
    ["releases.hashicorp.com", "registry.terraform.io"],
    { ports: https, docs: "https://developer.hashicorp.com/terraform/registry", traits: ["shared"] },
  ),
  entry("helm-charts", "Helm and Artifact Hub", "CNCF", ["get.helm.sh", "artifacthub.io"], {
    ports: https,
    docs: "https://helm.sh/docs/",
  }),
];
