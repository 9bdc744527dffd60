// An application of npm's @clerk/express, whose page is one of @clerk/react or of its forerunner.
import { once } from 'node:events';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import express from 'express';

/** The page's code: it shows the user's name or, if wanted, a form; the title says that Clerk has loaded. */
const source = (library, options, form) => `
import { createElement, useEffect } from 'react';
import { createRoot } from 'react-dom/client';
import { ClerkProvider, SignIn, SignUp, useAuth, useUser } from '${library}';
function Name() {
  const { isLoaded, userId } = useAuth();
  const { user } = useUser();
  useEffect(() => { if (isLoaded) document.title = 'ready'; }, [isLoaded]);
  if (${form} && isLoaded && !userId) return createElement(location.pathname === '/sign-up' ? SignUp : SignIn, { routing: 'hash' });
  return createElement('p', { id: 'name' }, userId ? user?.firstName ?? 'nameless' : 'nobody');
}
createRoot(document.getElementById('root')).render(createElement(ClerkProvider, ${JSON.stringify(options)}, createElement(Name)));`;

/**
 * Starts the application, which variables configure: its page, and /me, which shows the id of the user
 * whom the server knows by the middleware.
 * @param {{env: object, options: object, form?: boolean, library?: string}} settings env are its variables,
 *   options those of ClerkProvider; with form its page shows a form to people who are not signed in,
 *   for signing up at /sign-up; library is the vendor's package for React.
 */
export async function serve({ env, options, form = false, library = '@clerk/react' }) {
  Object.assign(process.env, env);
  const { clerkMiddleware, getAuth } = await import('@clerk/express');
  const bundle = await build({
    stdin: { contents: source(library, options, form), resolveDir: path.dirname(fileURLToPath(import.meta.url)) },
    bundle: true, write: false, format: 'iife', define: { 'process.env.NODE_ENV': '"production"' },
  });
  const web = express();
  web.get('/page.js', (_, answer) => answer.type('js').send(bundle.outputFiles[0].text));
  web.use(clerkMiddleware());
  web.get('/me', (request, answer) => answer.send(`<title>ready</title><p id="me">${getAuth(request).userId ?? 'nobody'}</p>`));
  web.get(['/', '/sign-up'], (_, answer) => answer.send('<!doctype html><title>application</title><div id="root"></div><script src="/page.js"></script>'));
  const listening = web.listen(0, '127.0.0.1');
  await once(listening, 'listening');
  return {
    port: listening.address().port,
    url: `http://127.0.0.1:${listening.address().port}`,
    stop() {
      listening.close();
      listening.closeAllConnections();
    },
  };
}
