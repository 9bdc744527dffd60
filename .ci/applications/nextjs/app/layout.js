import { ClerkProvider } from '@clerk/nextjs';

export const metadata = { title: 'application' };

export default function Layout({ children }) {
  return <html lang="en"><body><ClerkProvider>{children}</ClerkProvider></body></html>;
}
