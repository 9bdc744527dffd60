// The generation before, whose forms are inside clerk-js.
import { forms } from './forms.mjs';

forms({
  library: '@clerk/clerk-react',
  packages: ['@clerk/clerk-js@5.128.0'],
  scripts: { clerkJSUrl: '@clerk/clerk-js@5/dist/clerk.browser.js' },
});
