import { ActionList, ActionListItem, Button } from "@patternfly/react-core";
import { CompressIcon } from "@patternfly/react-icons/dist/esm/icons/compress-icon";
import { ExpandIcon } from "@patternfly/react-icons/dist/esm/icons/expand-icon";
import { SearchMinusIcon } from "@patternfly/react-icons/dist/esm/icons/search-minus-icon";
import { SearchPlusIcon } from "@patternfly/react-icons/dist/esm/icons/search-plus-icon";
import { type JSX, type KeyboardEvent, useMemo, useState } from "react";
import type { FlowMap } from "../../../../../app/wire/namespaces.ts";
import { useWidth } from "../../../charts/use-width.ts";
import { formatCount } from "../../../parts/formats.ts";
import { fit, keyOf, layoutMap, type MapNode, rowHeight } from "./map-layout.ts";
import { useMapView } from "./use-map-view.ts";

interface MapPictureProps {
  readonly label: string;
  readonly map: FlowMap;
  readonly chosen: string | undefined;
  readonly onChoose: (key: string | undefined) => void;
}

const mostHeight = 640;
/** Between the picture's edge and its nodes. */
const inset = 10;

/** The picture. Tab goes to one node, the arrow keys from there to the others, Enter chooses. */
export function MapPicture({ label, map, chosen, onChoose }: MapPictureProps): JSX.Element {
  const [place, width] = useWidth<HTMLDivElement>();
  const layout = useMemo(() => layoutMap(map), [map]);
  const windowHeight = Math.min(mostHeight, layout.height + 8);
  const [picture, control] = useMapView(layout.height, windowHeight);
  const [hovered, setHovered] = useState<string>();
  const [current, setCurrent] = useState<string>();
  const side = Math.min(280, Math.max(96, Math.floor(width * 0.34)));
  const nodes = [...layout.workloads, ...layout.services];
  const reachable = nodes.some((node) => nodeKey(node) === current) ? current : nodes[0] && nodeKey(nodes[0]);
  const lit = hovered ?? chosen;

  const go = (node: MapNode, event: KeyboardEvent): void => {
    const column = node.side === "workload" ? layout.workloads : layout.services;
    const index = column.findIndex(({ id }) => id === node.id);
    const other = node.side === "workload" ? layout.services : layout.workloads;
    const next =
      event.key === "ArrowDown"
        ? column[index + 1]
        : event.key === "ArrowUp"
          ? column[index - 1]
          : event.key === (node.side === "workload" ? "ArrowRight" : "ArrowLeft")
            ? other.reduce<MapNode | undefined>(
                (best, each) =>
                  best === undefined || Math.abs(each.y - node.y) < Math.abs(best.y - node.y) ? each : best,
                undefined,
              )
            : undefined;
    if (event.key === "Enter" || event.key === " ") {
      event.preventDefault();
      onChoose(chosen === nodeKey(node) ? undefined : nodeKey(node));
    } else if (event.key === "Escape") onChoose(undefined);
    else if (next !== undefined) {
      event.preventDefault();
      setCurrent(nodeKey(next));
      control.show(next.y);
      picture.current
        ?.querySelector<SVGGElement>(`[data-node="${CSS.escape(nodeKey(next))}"]`)
        ?.focus({ preventScroll: true });
    }
  };
  const onKey = (event: KeyboardEvent): void => {
    if (event.target !== event.currentTarget && event.key.startsWith("Arrow")) return;
    const pans: Readonly<Record<string, readonly [number, number]>> = {
      ArrowUp: [0, 60],
      ArrowDown: [0, -60],
      ArrowLeft: [60, 0],
      ArrowRight: [-60, 0],
    };
    const by = pans[event.key];
    if (by !== undefined) control.pan(...by);
    else if (event.key === "+" || event.key === "=") control.zoom(1.25);
    else if (event.key === "-") control.zoom(0.8);
    else if (event.key === "0") control.reset();
    else return;
    event.preventDefault();
  };

  return (
    <div ref={place} className="postern-map">
      {/* It is moved with the keyboard, and holds the nodes: a group that takes the focus. */}
      {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-element-interactions */}
      <svg
        ref={picture}
        width={width}
        height={windowHeight}
        className={`postern-map__svg${layout.lines.length > 60 ? " postern-map__svg--dense" : ""}`}
        role="group"
        // Panned and zoomed with the keyboard.
        // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
        tabIndex={0}
        aria-label={`${label}; arrow keys move the picture, plus and minus zoom, Tab goes to its nodes`}
        onKeyDown={onKey}
        {...control.drag}
      >
        <g transform={`translate(${control.view.x} ${control.view.y}) scale(${control.view.scale})`}>
          {layout.lines.map((line) => {
            const isLit =
              lit === undefined || lit === keyOf("workload", line.workload) || lit === keyOf("service", line.service);
            const [x1, x2] = [inset + side + 2, width - inset - side - 2];
            const middle = (x1 + x2) / 2;
            return (
              <path
                key={`${line.workload} ${line.service}`}
                className={`postern-map__line postern-map__line--${line.verdict}${isLit ? "" : " postern-map__line--dim"}`}
                strokeWidth={line.width}
                d={`M${x1} ${line.fromY}C${middle} ${line.fromY} ${middle} ${line.toY} ${x2} ${line.toY}`}
              />
            );
          })}
          {layout.headings.map(({ title, y }) => (
            <text key={title} className="postern-map__heading" x={width - inset - side} y={y + 20}>
              {title}
            </text>
          ))}
          <text className="postern-map__heading" x={inset} y={28}>
            Workloads
          </text>
          {nodes.map((node) => (
            <Node
              key={nodeKey(node)}
              node={node}
              x={node.side === "workload" ? inset : width - inset - side}
              width={side}
              isChosen={chosen === nodeKey(node)}
              isReachable={reachable === nodeKey(node)}
              onHover={setHovered}
              onChoose={() => {
                onChoose(chosen === nodeKey(node) ? undefined : nodeKey(node));
              }}
              onKey={(event) => {
                go(node, event);
              }}
            />
          ))}
        </g>
      </svg>
      <ActionList className="postern-map__controls" isIconList aria-label="View">
        {(
          [
            [
              "Zoom in",
              <SearchPlusIcon key="in" />,
              () => {
                control.zoom(1.25);
              },
            ],
            [
              "Zoom out",
              <SearchMinusIcon key="out" />,
              () => {
                control.zoom(0.8);
              },
            ],
            ["Show all", <CompressIcon key="all" />, control.fitAll],
            ["Original size", <ExpandIcon key="home" />, control.reset],
          ] as const
        ).map(([title, icon, run]) => (
          <ActionListItem key={title}>
            <Button variant="plain" size="sm" aria-label={title} title={title} icon={icon} onClick={run} />
          </ActionListItem>
        ))}
      </ActionList>
    </div>
  );
}

function nodeKey({ side, id }: MapNode): string {
  return keyOf(side, id);
}

interface NodeProps {
  readonly node: MapNode;
  readonly x: number;
  readonly width: number;
  readonly isChosen: boolean;
  readonly isReachable: boolean;
  readonly onHover: (key: string | undefined) => void;
  readonly onChoose: () => void;
  readonly onKey: (event: KeyboardEvent) => void;
}

function Node({ node, x, width, isChosen, isReachable, onHover, onChoose, onKey }: NodeProps): JSX.Element {
  const count = formatCount(node.flows);
  // On a phone the kind of a workload and the number give way to the name.
  const isNarrow = width < 150;
  const whole = isNarrow && node.side === "workload" ? node.title.slice(node.title.indexOf("/") + 1) : node.title;
  const title = fit(whole, width - (isNarrow ? 18 : 70));
  return (
    <g
      data-node={nodeKey(node)}
      role="button"
      tabIndex={isReachable ? 0 : -1}
      aria-pressed={isChosen}
      aria-label={`${title} ${count} flows${title === node.title ? "" : `, ${node.title}`}`}
      className={`postern-map__node${isChosen ? " postern-map__node--chosen" : ""}${node.isRest ? " postern-map__node--rest" : ""}`}
      transform={`translate(${x} ${node.y})`}
      onClick={onChoose}
      onKeyDown={onKey}
      onMouseEnter={() => {
        onHover(nodeKey(node));
      }}
      onMouseLeave={() => {
        onHover(undefined);
      }}
      onFocus={() => {
        onHover(nodeKey(node));
      }}
      onBlur={() => {
        onHover(undefined);
      }}
    >
      {title !== node.title && <title>{node.title}</title>}
      <rect width={width} height={rowHeight - 4} rx={6} />
      <text x={10} y={rowHeight / 2 - 2} dy="0.35em">
        {title}{" "}
        {!isNarrow && (
          <tspan x={width - 8} textAnchor="end" className="postern-map__count">
            {count}
          </tspan>
        )}
      </text>
    </g>
  );
}
