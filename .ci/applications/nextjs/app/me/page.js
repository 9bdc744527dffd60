import { auth, currentUser } from '@clerk/nextjs/server';

export default async function Page() {
  const { userId } = await auth();
  const user = await currentUser();
  return <p id="me">{userId ? `${userId} ${user.firstName} ${user.primaryEmailAddress.emailAddress}` : 'nobody'}</p>;
}
