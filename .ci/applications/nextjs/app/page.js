'use client';
import { Show, UserButton, useUser } from '@clerk/nextjs';

export default function Page() {
  const { isLoaded, user } = useUser();
  return <>
    <p id="name">{isLoaded ? user?.firstName ?? 'nobody' : ''}</p>
    <Show when="signed-in"><UserButton /></Show>
  </>;
}
