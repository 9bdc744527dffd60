// Package counters counts a server's work by the minute, so that an administrator sees the last
// hour, day and month without another system: requests and their durations, new users, logins,
// refusals, and waiting password checks.
//
// Each server counts in memory, and writes its counts to two documents of its own that expire, one
// for an hour and one for a day. If the process is killed, the counts of the last half minute are
// lost. Queries return the sum over all servers.
package counters
