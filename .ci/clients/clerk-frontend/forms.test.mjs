import { forms } from './forms.mjs';

forms({
  library: '@clerk/react',
  scripts: { __internal_clerkJSUrl: '@clerk/clerk-js@6/dist/clerk.browser.js', __internal_clerkUIUrl: '@clerk/ui@1/dist/ui.browser.js' },
});
