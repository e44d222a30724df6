// Runs before anything is painted, so that a dark page does not flash; `shell/theme.ts` has the rest.
(() => {
  let choice = null;
  try {
    choice = localStorage.getItem("postern.theme");
  } catch {
    // Storage may be forbidden; the system's wish holds then.
  }
  const isDark = choice === "dark" || (choice !== "light" && matchMedia("(prefers-color-scheme: dark)").matches);
  document.documentElement.classList.toggle("pf-v6-theme-dark", isDark);
})();
