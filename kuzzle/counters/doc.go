// Package counters counts what a server does, minute by minute, so that an administrator
// sees the last hour, day and month without any other system: requests and how long they
// took, new users, logins, refusals, and how many password checks waited.
//
// Each server counts in memory and adds what it counted to documents of its own among the
// things that expire, one for an hour and one for a day; those of the last half minute are
// lost when the process is killed. Whoever asks is answered the sum over all servers.
package counters
