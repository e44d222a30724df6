import { Button, FormSelect, FormSelectOption } from "@patternfly/react-core";
import { AngleLeftIcon } from "@patternfly/react-icons/dist/esm/icons/angle-left-icon";
import { AngleRightIcon } from "@patternfly/react-icons/dist/esm/icons/angle-right-icon";
import type { JSX } from "react";
import type { Page } from "../../../app/wire/list.ts";
import { formatWhole } from "./formats.ts";
import type { ListPlace } from "./use-list-place.ts";

const pageSizes = [20, 50, 100, 200];

interface PagerProps {
  readonly place: ListPlace;
  readonly page: Page<unknown> | undefined;
  /** While the page that was asked for is on its way, and another one is in sight. */
  readonly isStale: boolean;
}

/** `51–100 of 1,000`, to the page before and the page after. */
export function Pager({ place, page, isStale }: PagerProps): JSX.Element {
  const first = (place.page - 1) * place.limit;
  const shown = page?.items.length ?? 0;
  const total = page === undefined ? "…" : `${page.isTotalExact ? "" : "more than "}${formatWhole(page.total)}`;
  return (
    <nav className="postern-pager" aria-label="Pages">
      <span className="postern-pager__range">
        {isStale ? "…" : shown === 0 ? "0" : `${formatWhole(first + 1)}–${formatWhole(first + shown)}`} of {total}
      </span>
      <div className="postern-pager__size">
        <FormSelect
          aria-label="Rows on a page"
          value={place.limit}
          onChange={(_, value) => {
            place.resize(Number(value));
          }}
        >
          {[...new Set([...pageSizes, place.limit])]
            .toSorted((a, b) => a - b)
            .map((size) => (
              <FormSelectOption key={size} value={size} label={`${size} rows`} />
            ))}
        </FormSelect>
      </div>
      <Button
        variant="plain"
        aria-label="Previous page"
        icon={<AngleLeftIcon />}
        isDisabled={place.page <= 1}
        onClick={place.goBack}
      />
      <Button
        variant="plain"
        aria-label="Next page"
        icon={<AngleRightIcon />}
        isDisabled={isStale || page?.nextCursor === undefined}
        onClick={() => {
          if (page?.nextCursor !== undefined) place.goOn(page.nextCursor);
        }}
      />
    </nav>
  );
}
