import { useSyncExternalStore } from "react";

export const themeChoices = ["system", "light", "dark"] as const;
export type ThemeChoice = (typeof themeChoices)[number];

const storageKey = "postern.theme";
const system = matchMedia("(prefers-color-scheme: dark)");
const hearers = new Set<() => void>();
let choice = stored();

function stored(): ThemeChoice {
  try {
    const text = localStorage.getItem(storageKey);
    return themeChoices.find((each) => each === text) ?? "system";
  } catch {
    return "system";
  }
}

function apply(): void {
  const isDark = choice === "dark" || (choice === "system" && system.matches);
  document.documentElement.classList.toggle("pf-v6-theme-dark", isDark);
}

/** Once, at the start; `public/apply-theme.js` did the same before the first paint. */
export function followSystemTheme(): void {
  system.addEventListener("change", apply);
  apply();
}

export function chooseTheme(next: ThemeChoice): void {
  choice = next;
  try {
    localStorage.setItem(storageKey, next);
  } catch {
    // Kept for this page only, where storage is forbidden.
  }
  apply();
  for (const hear of hearers) hear();
}

export function useThemeChoice(): ThemeChoice {
  return useSyncExternalStore(
    (hear) => {
      hearers.add(hear);
      return () => hearers.delete(hear);
    },
    () => choice,
  );
}
