// Package pool bounds the hashes that run at once: no more than cores, no more memory than
// allowed, and no queue longer than a client waits. Waiting hashes take turns by [Source], and
// no account or address holds more than a quarter of the pool. The memory of hashes belongs to
// the pool, which keeps it between hashes and wipes it.
package pool
