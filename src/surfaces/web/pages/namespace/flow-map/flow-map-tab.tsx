import "./flow-map.css";
import {
  Button,
  FormSelect,
  FormSelectOption,
  SearchInput,
  ToggleGroup,
  ToggleGroupItem,
  Toolbar,
  ToolbarContent,
  ToolbarItem,
} from "@patternfly/react-core";
import { type JSX, useDeferredValue, useMemo, useState } from "react";
import type { NamespaceRef } from "../../../../../app/wire/list.ts";
import type { FlowMap } from "../../../../../app/wire/namespaces.ts";
import { useAnswer } from "../../../api/queries.ts";
import { Nothing, ProblemState, Waiting } from "../../../parts/page-states.tsx";
import { useUrlState } from "../../../parts/use-url-state.ts";
import { MapDetails } from "./map-details.tsx";
import { narrowMap } from "./map-layout.ts";
import { MapPicture } from "./map-picture.tsx";
import { MapTable } from "./map-table.tsx";

const hourMs = 3_600_000;
const sizes = [20, 40, 100, 500];

export function FlowMapTab({ where }: { readonly where: NamespaceRef }): JSX.Element {
  const state = useUrlState();
  const most = Number(state.one("most") ?? "40");
  const find = state.one("find") ?? "";
  const sought = useDeferredValue(find);
  const focus = state.one("focus");
  // The window of the figures above; whole hours, so that it is the same question for a while.
  const [fromMs] = useState(() => Math.floor(Date.now() / hourMs - 7 * 24) * hourMs);
  const isTable = state.one("view") === "table";
  const path = `namespaces/${encodeURIComponent(where.cluster)}/${encodeURIComponent(where.namespace)}/flow-map`;
  const { data, error, refetch } = useAnswer<FlowMap>(path, { most, fromMs });
  const narrowed = useMemo(() => data && narrowMap(data, sought, focus), [data, sought, focus]);
  const choose = (key: string | undefined): void => {
    state.change({ focus: key }, { push: true });
  };
  return (
    <>
      <Toolbar inset={{ default: "insetNone" }} className="postern-list-toolbar">
        <ToolbarContent>
          <ToolbarItem className="postern-list-toolbar__search">
            <SearchInput
              type="search"
              data-search
              aria-label="Find workloads and services"
              placeholder="Find workloads and services"
              value={find}
              onChange={(_, value) => {
                state.change({ find: value });
              }}
              onClear={() => {
                state.change({ find: undefined });
              }}
            />
          </ToolbarItem>
          <ToolbarItem>
            <FormSelect
              aria-label="How many services stand alone"
              value={most}
              onChange={(_, value) => {
                state.change({ most: value === "40" ? undefined : value });
              }}
            >
              {sizes.map((size) => (
                <FormSelectOption key={size} value={size} label={`${size} largest services`} />
              ))}
            </FormSelect>
          </ToolbarItem>
          {focus !== undefined && (
            <ToolbarItem>
              <Button
                variant="link"
                onClick={() => {
                  choose(undefined);
                }}
              >
                Show all again
              </Button>
            </ToolbarItem>
          )}
          <ToolbarItem align={{ default: "alignEnd" }}>
            <ToggleGroup aria-label="Form">
              {(["map", "table"] as const).map((form) => (
                <ToggleGroupItem
                  key={form}
                  text={form === "map" ? "Map" : "Table"}
                  isSelected={isTable === (form === "table")}
                  onChange={() => {
                    state.change({ view: form === "table" ? "table" : undefined });
                  }}
                />
              ))}
            </ToggleGroup>
          </ToolbarItem>
        </ToolbarContent>
      </Toolbar>
      {error !== null && data === undefined && <ProblemState error={error} onRetry={() => void refetch()} />}
      {error === null && data === undefined && <Waiting lines={10} />}
      {data !== undefined && data.links.length === 0 && (
        <Nothing title="Nothing was recorded here">
          None of its workloads sent anything out of the cluster. If they should have, look at the sources.
        </Nothing>
      )}
      {data !== undefined && data.links.length > 0 && narrowed !== undefined && (
        <>
          {narrowed.links.length === 0 ? (
            <Nothing title="Nothing is called so">
              No workload, service, address or port here has this in its name.
            </Nothing>
          ) : (
            <div
              className={focus === undefined ? "postern-map-place" : "postern-map-place postern-map-place--detailed"}
            >
              {isTable ? (
                <MapTable where={where} map={narrowed} />
              ) : (
                <div>
                  <MapPicture
                    label={`Who talks to what in ${where.namespace}`}
                    map={narrowed}
                    chosen={focus}
                    onChoose={choose}
                  />
                  <Legend />
                </div>
              )}
              {focus !== undefined && (
                <MapDetails
                  where={where}
                  map={data}
                  chosen={focus}
                  onClose={() => {
                    choose(undefined);
                  }}
                />
              )}
            </div>
          )}
        </>
      )}
    </>
  );
}

const verdicts = [
  ["allow", "allowed today"],
  ["deny", "denied today"],
  ["mixed", "some allowed, some denied"],
  ["unknown", "not known"],
] as const;

function Legend(): JSX.Element {
  return (
    <ul className="postern-map__legend" aria-label="Lines">
      {verdicts.map(([verdict, title]) => (
        <li key={verdict}>
          <svg width="32" height="8" aria-hidden="true">
            <line
              className={`postern-map__line postern-map__line--${verdict}`}
              x1="0"
              x2="32"
              y1="4"
              y2="4"
              strokeWidth="3"
            />
          </svg>
          {title}
        </li>
      ))}
      <li>wider: more flows in seven days</li>
    </ul>
  );
}
