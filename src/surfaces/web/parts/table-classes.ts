// PatternFly's table, as classes: its React cells watch their own size, which is too much for rows that scroll by.
import "@patternfly/react-styles/css/components/Table/table.css";
import "@patternfly/react-styles/css/components/Table/table-grid.css";

export const tableClass = {
  table: "pf-v6-c-table pf-m-compact",
  /** Below `md` each row is a card. */
  cardsBelowMedium: "pf-m-grid-md",
  thead: "pf-v6-c-table__thead",
  tbody: "pf-v6-c-table__tbody",
  tr: "pf-v6-c-table__tr",
  th: "pf-v6-c-table__th",
  td: "pf-v6-c-table__td",
  sort: "pf-v6-c-table__sort",
  selected: "pf-m-selected",
  button: "pf-v6-c-table__button",
  buttonContent: "pf-v6-c-table__button-content",
  text: "pf-v6-c-table__text",
  sortIndicator: "pf-v6-c-table__sort-indicator",
  breakWord: "pf-m-break-word",
} as const;
