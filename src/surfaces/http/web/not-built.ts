/** Shown where the application should be. No script, no style: it is for whoever runs the server from its sources. */
export const notBuilt = `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Postern: not built yet</title></head>
<body>
<h1>The web application is not built yet</h1>
<p>The server runs, and its API answers at <a href="/api/v1/openapi.json">/api/v1/openapi.json</a>. The pages are made by:</p>
<pre>npm run build</pre>
<p>Then load this page again; the server need not be started anew.</p>
</body>
</html>
`;
