/**
 * The HTTP and HTTPS of Node.js. An `import` of them reads every export, `WebSocket` among them, which loads all of `fetch`: 14 MiB
 * of memory that an observer, which uses none of it, would hold for months.
 */
export const http = process.getBuiltinModule("node:http");
export const https = process.getBuiltinModule("node:https");
