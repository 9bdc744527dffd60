import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vite';

// The built files lie in dist/, which is committed: the server is built without Node.
export default defineConfig({
  base: '/dashboard/',
  plugins: [svelte()],
  build: {
    target: ['chrome123', 'firefox121', 'safari17.5'], // the first with light-dark()
    assetsInlineLimit: 0, // nothing inline: the Content-Security-Policy forbids data: URLs
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
  },
  // npm run dev shows pages as they are written, over the API of a server that runs.
  server: { proxy: { '^/(?!dashboard)': { target: process.env.KUZZLE_URL ?? 'http://127.0.0.1:7512', ws: true } } },
});
