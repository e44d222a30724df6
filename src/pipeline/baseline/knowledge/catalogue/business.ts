import type { CatalogueService } from "../knowledge.ts";
import { entry } from "./entry.ts";

const https = [443] as const;

/** Services that applications buy: payment, messages, sign-in, monitoring, data. */
export const business: readonly CatalogueService[] = [
  entry(
    "stripe",
    "Stripe",
    "Stripe",
    ["api.stripe.com", "files.stripe.com", "checkout.stripe.com", "hooks.stripe.com"],
    {
      ports: https,
      docs: "https://docs.stripe.com/ips",
    },
  ),
  entry(
    "paypal",
    "PayPal",
    "PayPal",
    ["api.paypal.com", "api-m.paypal.com", "api.sandbox.paypal.com", "api-m.sandbox.paypal.com"],
    {
      ports: https,
      docs: "https://developer.paypal.com/api/rest/",
    },
  ),
  entry("adyen", "Adyen", "Adyen", ["*.adyen.com", "*.adyenpayments.com"], {
    ports: https,
    docs: "https://docs.adyen.com/development-resources/live-endpoints",
    grouping: "family",
  }),
  entry("twilio", "Twilio", "Twilio", ["api.twilio.com", "*.twilio.com"], {
    ports: https,
    docs: "https://www.twilio.com/docs/usage/api",
    grouping: "family",
  }),
  entry("sendgrid", "SendGrid", "Twilio", ["api.sendgrid.com", "smtp.sendgrid.net"], {
    docs: "https://www.twilio.com/docs/sendgrid",
  }),
  entry(
    "mailgun",
    "Mailgun",
    "Sinch",
    ["api.mailgun.net", "api.eu.mailgun.net", "smtp.mailgun.org", "smtp.eu.mailgun.org"],
    { docs: "https://documentation.mailgun.com/" },
  ),
  entry(
    "slack",
    "Slack",
    "Salesforce",
    [
      "slack.com",
      "api.slack.com",
      "hooks.slack.com",
      "files.slack.com",
      "wss-primary.slack.com",
      "wss-backup.slack.com",
    ],
    {
      ports: https,
      docs: "https://slack.com/help/articles/360001603387-Manage-Slack-connection-issues",
      traits: ["rotating"],
    },
  ),
  entry("microsoft-teams-webhooks", "Microsoft Teams webhooks", "Microsoft", ["*.webhook.office.com"], {
    ports: https,
    docs: "https://learn.microsoft.com/microsoftteams/platform/webhooks-and-connectors/",
  }),
  entry(
    "pagerduty",
    "PagerDuty",
    "PagerDuty",
    ["events.pagerduty.com", "api.pagerduty.com", "events.eu.pagerduty.com", "api.eu.pagerduty.com"],
    { ports: https, docs: "https://developer.pagerduty.com/docs" },
  ),
  entry("opsgenie", "Opsgenie", "Atlassian", ["api.opsgenie.com", "api.eu.opsgenie.com"], {
    ports: https,
    docs: "https://docs.opsgenie.com/docs/api-overview",
  }),
  entry(
    "datadog",
    "Datadog",
    "Datadog",
    ["datadoghq.com", "*.datadoghq.com", "datadoghq.eu", "*.datadoghq.eu", "ddog-gov.com", "*.ddog-gov.com"],
    {
      docs: "https://docs.datadoghq.com/agent/configuration/network/",
      grouping: "family",
    },
  ),
  entry("new-relic", "New Relic", "New Relic", ["*.newrelic.com", "*.nr-data.net"], {
    docs: "https://docs.newrelic.com/docs/new-relic-solutions/get-started/networks/",
    grouping: "family",
  }),
  entry("sentry", "Sentry", "Functional Software", ["sentry.io", "*.sentry.io"], {
    ports: https,
    docs: "https://docs.sentry.io/security-legal-pii/security/ip-ranges/",
    grouping: "family",
  }),
  entry("splunk-cloud", "Splunk Cloud", "Splunk", ["*.splunkcloud.com"], {
    docs: "https://docs.splunk.com/Documentation/SplunkCloud",
  }),
  entry("splunk-observability", "Splunk Observability Cloud", "Splunk", ["*.signalfx.com"], {
    ports: https,
    docs: "https://docs.splunk.com/observability/",
    grouping: "family",
  }),
  entry("dynatrace", "Dynatrace", "Dynatrace", ["*.live.dynatrace.com", "*.apps.dynatrace.com"], {
    ports: https,
    docs: "https://docs.dynatrace.com/",
  }),
  entry("grafana-cloud", "Grafana Cloud", "Grafana Labs", ["*.grafana.net"], {
    ports: https,
    docs: "https://grafana.com/docs/grafana-cloud/security-and-account-management/allow-list/",
  }),
  entry("honeycomb", "Honeycomb", "Hound Technology", ["api.honeycomb.io", "api.eu1.honeycomb.io"], {
    ports: https,
    docs: "https://docs.honeycomb.io/",
  }),
  entry("elastic-cloud", "Elastic Cloud", "Elastic", ["*.elastic-cloud.com", "*.es.io", "*.cloud.es.io"], {
    docs: "https://www.elastic.co/docs/deploy-manage/deploy/elastic-cloud",
  }),
  entry(
    "launchdarkly",
    "LaunchDarkly",
    "LaunchDarkly",
    [
      "app.launchdarkly.com",
      "sdk.launchdarkly.com",
      "stream.launchdarkly.com",
      "clientsdk.launchdarkly.com",
      "clientstream.launchdarkly.com",
      "events.launchdarkly.com",
      "mobile.launchdarkly.com",
    ],
    {
      ports: https,
      docs: "https://launchdarkly.com/docs/sdk/concepts/domain-list",
      traits: ["shared"],
    },
  ),
  entry("segment", "Segment", "Twilio", ["api.segment.io", "cdn.segment.com"], {
    ports: https,
    docs: "https://segment.com/docs/",
  }),
  entry("okta", "Okta", "Okta", ["*.okta.com", "*.oktapreview.com", "*.okta-emea.com", "*.oktacdn.com"], {
    ports: https,
    docs: "https://help.okta.com/oie/en-us/content/topics/security/ip-address-allow-listing.htm",
  }),
  entry("auth0", "Auth0", "Okta", ["*.auth0.com"], {
    ports: https,
    docs: "https://auth0.com/docs/secure/security-guidance/data-security/allowlist",
  }),
  entry(
    "salesforce",
    "Salesforce",
    "Salesforce",
    ["login.salesforce.com", "test.salesforce.com", "*.my.salesforce.com", "*.salesforce.com", "*.force.com"],
    {
      ports: https,
      docs: "https://help.salesforce.com/s/articleView?id=000384438&type=1",
    },
  ),
  entry("servicenow", "ServiceNow", "ServiceNow", ["*.service-now.com"], {
    ports: https,
    docs: "https://www.servicenow.com/docs/",
  }),
  entry(
    "atlassian-cloud",
    "Atlassian Cloud",
    "Atlassian",
    ["api.atlassian.com", "*.atlassian.net", "*.atlassian.com"],
    {
      ports: https,
      docs: "https://support.atlassian.com/organization-administration/docs/ip-addresses-and-domains-for-atlassian-cloud-products/",
    },
  ),
  entry("zendesk", "Zendesk", "Zendesk", ["*.zendesk.com"], { ports: https, docs: "https://developer.zendesk.com/" }),
  entry("hubspot", "HubSpot", "HubSpot", ["api.hubapi.com"], { ports: https, docs: "https://developers.hubspot.com/" }),
  entry("shopify", "Shopify", "Shopify", ["*.myshopify.com"], {
    ports: https,
    docs: "https://shopify.dev/docs/api",
    traits: ["shared"],
  }),
  entry("snowflake", "Snowflake", "Snowflake", ["*.snowflakecomputing.com"], {
    ports: [80, 443],
    docs: "https://docs.snowflake.com/en/user-guide/hostname-allowlist",
  }),
  entry(
    "databricks",
    "Databricks",
    "Databricks",
    ["*.cloud.databricks.com", "*.azuredatabricks.net", "*.gcp.databricks.com"],
    { docs: "https://docs.databricks.com/" },
  ),
  entry("mongodb-atlas", "MongoDB Atlas", "MongoDB", ["*.mongodb.net"], {
    docs: "https://www.mongodb.com/docs/atlas/troubleshoot-connection/",
    grouping: "tenants",
  }),
  entry("confluent-cloud", "Confluent Cloud", "Confluent", ["*.confluent.cloud"], {
    docs: "https://docs.confluent.io/cloud/current/networking/",
    grouping: "tenants",
  }),
  entry("redis-cloud", "Redis Cloud", "Redis", ["*.redislabs.com", "*.redis-cloud.com", "*.cloud.redislabs.com"], {
    docs: "https://redis.io/docs/latest/operate/rc/",
  }),
  entry("aiven", "Aiven", "Aiven", ["api.aiven.io", "*.aivencloud.com"], { docs: "https://aiven.io/docs/" }),
  entry("algolia", "Algolia", "Algolia", ["*.algolia.net", "*.algolianet.com"], {
    ports: https,
    docs: "https://www.algolia.com/doc/",
    grouping: "family",
  }),
  entry("openai", "OpenAI API", "OpenAI", ["api.openai.com"], {
    ports: https,
    docs: "https://platform.openai.com/docs/",
    traits: ["shared"],
  }),
  entry("anthropic", "Anthropic API", "Anthropic", ["api.anthropic.com"], {
    ports: https,
    docs: "https://docs.anthropic.com/",
  }),
  entry("hugging-face", "Hugging Face", "Hugging Face", ["huggingface.co", "*.huggingface.co", "*.hf.co"], {
    ports: https,
    docs: "https://huggingface.co/docs",
    traits: ["shared"],
    grouping: "family",
  }),
];
