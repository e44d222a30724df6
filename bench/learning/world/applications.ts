import type { Application } from "./application.ts";
import { moneyAndData } from "./money-and-data-applications.ts";
import { operations } from "./operations-applications.ts";

/** Namespaces are made of these in turn. */
export const applications: readonly Application[] = [...moneyAndData, ...operations];
