import { alreadyOfKind, type ConvertedNamespace, convertPolicies } from "../../../../app/convert-policies.ts";
import { isSafePathPart } from "../../../../app/file-sink.ts";
import { formatPolicyName } from "../../../../core/policy/namespace-policies.ts";
import { noClusterFacts } from "../../../../pipeline/flows/cluster-facts.ts";
import { fail, warn } from "../../complain.ts";
import type { Context } from "../../context.ts";
import { Exit, type ExitCode } from "../../exit.ts";
import { gatherCluster } from "../../gather-cluster.ts";
import { gatherPolicies } from "../../gather-policies.ts";
import { bold, dim, green, red, text, type Text, yellow } from "../../terminal/text.ts";
import { count } from "../../words/count.ts";
import { convertibleKindOfWord, type ConvertibleKindWord } from "../../words/kind.ts";
import { place } from "../../words/place.ts";

export interface ConvertOptions {
  readonly paths: readonly string[];
  readonly to: ConvertibleKindWord;
  readonly cluster: readonly string[];
  readonly dnsNameResolver: boolean;
  readonly out: string | undefined;
}

export async function runConvert(options: ConvertOptions, context: Context): Promise<ExitCode> {
  const { paths, to, dnsNameResolver, out } = options;
  const cluster = await gatherCluster(options.cluster, context);
  if (!cluster.ok) return fail(context, cluster.error);
  const reading = await gatherPolicies(paths, { dnsNameResolver }, context);
  if (!reading.ok) return fail(context, reading.error);
  const manifests = await context.ports.manifests();
  const request = { reading: reading.value, to: convertibleKindOfWord[to], facts: cluster.value ?? noClusterFacts };
  const converted = await context.io.busy(() => convertPolicies(request, manifests));
  for (const policy of alreadyOfKind(reading.value, convertibleKindOfWord[to])) {
    warn(context, `${formatPolicyName(policy)} (${place(policy.at)}) is of that kind already and left as it is`);
  }
  for (const namespace of converted) report(namespace, context);
  const written = out === undefined ? print(converted, context) : await write(out, to, converted, context);
  if (written !== Exit.ok) return written;
  return converted.some(({ manifests: texts }) => texts.length === 0) ? Exit.negative : Exit.ok;
}

function print(converted: readonly ConvertedNamespace[], { out }: Context): ExitCode {
  out.document(converted.flatMap(({ manifests }) => manifests).join("---\n"));
  return Exit.ok;
}

async function write(
  folder: string,
  to: ConvertibleKindWord,
  converted: readonly ConvertedNamespace[],
  context: Context,
): Promise<ExitCode> {
  const { out, ports, io } = context;
  const some = converted.filter(({ manifests }) => manifests.length > 0);
  for (const { namespace } of some.filter(({ namespace: name }) => !isSafePathPart(name))) {
    warn(context, `\`${namespace}\` is not written: its name is not safe as a folder name`);
  }
  const files = some
    .filter(({ namespace }) => isSafePathPart(namespace))
    .map(({ namespace, manifests }) => ({ path: [namespace, `${to}.yaml`], content: manifests.join("---\n") }));
  const written = await ports.writeFiles(folder, files, io.interrupted);
  if (!written.ok) return fail(context, written.error);
  for (const { path, state } of written.value) {
    out.line(out.view.isTerminal ? text`${path}  ${dim(state)}` : text`${path}`);
  }
  return Exit.ok;
}

function report({ namespace, manifests, losses, differences }: ConvertedNamespace, { err }: Context): void {
  err.line(text`${bold(namespace)}  ${verdict(manifests.length, losses.length, differences)}`);
  for (const { change, message, effect, at } of losses) {
    const loss = change === "works otherwise" ? yellow(change) : red(change);
    err.line(text`  ${loss}  ${message}  ${dim(place(at))}`, 4);
    err.line(text`    ${dim(effect)}`, 4);
  }
}

function verdict(manifests: number, losses: number, differences: number | undefined): Text {
  if (manifests === 0) return red("not converted");
  const changes = losses === 0 ? "nothing changes its meaning" : `${count(losses, "change")} of meaning`;
  if (differences === undefined) return losses === 0 ? green(changes) : yellow(changes);
  const rules =
    differences === 0
      ? green("the rules decide every connection as before")
      : yellow(`the rules decide otherwise in ${count(differences, "place")}`);
  return text`${rules}, ${changes}`;
}
