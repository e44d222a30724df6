import { ownField } from "../../../core/policy/manifest.ts";
import { quoted } from "../../../core/quoted.ts";
import { fail, ok, type Result } from "../../../core/result.ts";
import type { Failure } from "../../failure.ts";
import { filledPath, searchFolder } from "../path-template.ts";
import { folderOf, joined, nameOf } from "../tree.ts";
import type { Edits, Placed, Placing } from "./placing.ts";

/** A bundle whose `targetCustomizations` overlay files for this cluster has the file in that overlay's folder. */
export async function fleetPlace(placing: Placing): Promise<Placed> {
  const { settings, object } = placing;
  const path = filledPath(settings.path, object);
  const search =
    settings.search === undefined ? searchFolder(settings.path, object) : filledPath(settings.search, object);
  const bundle = await bundleOf(placing, folderOf(path));
  if (!bundle.ok) return bundle;
  const overlay = bundle.value === undefined ? undefined : overlayFor(bundle.value.value, object.cluster);
  return ok({
    search,
    folders: [],
    path: overlay === undefined ? path : joined(folderOf(bundle.value!.path), `overlays/${overlay}/${nameOf(path)}`),
  });
}

/** A folder becomes a bundle by its `fleet.yaml`; one that installs a chart takes no plain files. */
export async function nameInFleet(placing: Placing, path: string): Promise<Edits> {
  const bundle = await bundleOf(placing, folderOf(path));
  if (!bundle.ok) return bundle;
  if (bundle.value === undefined) {
    const { namespace } = placing.object;
    const text = namespace === "" ? "{}\n" : `defaultNamespace: ${namespace}\n`;
    return ok([{ path: joined(folderOf(path), "fleet.yaml"), text }]);
  }
  const helm = ownField(bundle.value.value, "helm");
  if (ownField(helm, "chart") === undefined && ownField(helm, "repo") === undefined) return ok([]);
  const message = `${quoted(bundle.value.path)} installs a chart, so Fleet would not deploy files beside it: choose another folder with \`path\``;
  return fail({ code: "gitops_fleet_chart", message });
}

async function bundleOf(
  { tree, yaml }: Placing,
  folder: string,
): Promise<Result<{ readonly path: string; readonly value: unknown } | undefined, Failure>> {
  for (let at = folder; ; at = folderOf(at)) {
    const path = joined(at, "fleet.yaml");
    const text = await tree.read(path);
    if (!text.ok) return text;
    if (text.value !== undefined) {
      const value = yaml.valueOf(path, text.value);
      return value.ok ? ok({ path, value: value.value }) : value;
    }
    if (at === "") return ok(undefined);
  }
}

function overlayFor(bundle: unknown, cluster: string): string | undefined {
  const customizations = ownField(bundle, "targetCustomizations");
  if (!Array.isArray(customizations)) return undefined;
  const own = (customizations as readonly unknown[]).find(
    (one) => ownField(one, "clusterName") === cluster || ownField(one, "name") === cluster,
  );
  const overlays = ownField(ownField(own, "yaml"), "overlays");
  const [first] = Array.isArray(overlays) ? (overlays as readonly unknown[]) : [];
  return typeof first === "string" && /^[A-Za-z0-9._-]+$/.test(first) && !first.startsWith(".") ? first : undefined;
}
