// Package importer brings users from elsewhere: one pipeline from a file of any
// known format to users of this server, and back out.
// Besides files there is one source that runs: the cluster of a Kuzzle 2 server,
// whose own indexes are read (kuzzle_indexes.go); with a file of Kuzzle's it shares
// that roles and profiles come along, and with none that API keys do.
//
// In comes a stream of bytes, compressed or not; a reader of the recognised
// format makes one [Row] of each user, in one shape whatever the source; rows
// are normalised, judged and written in batches by a [Sink]; what was not
// imported is told in a report, one JSON line for each row. After every batch a
// checkpoint is on disk, so that an interrupted run is taken up where it ended;
// rows met twice change nothing.
//
// Memory is constant: a reader holds one row of at most [MaxRowBytes], the
// pipeline three batches, which are read, judged and written. Nothing a file holds
// can make it larger: rows that are too long, broken or of the wrong types are
// reported and passed over, and a file that cannot be read on ends the run with
// the place where. A dry run also remembers a few bytes of each user and name, to
// find rows that want the same; beyond [imports.DryRunNames] it says that it
// no longer does.
//
// A file of Kuzzle's whose users stand before their roles and profiles is read
// once for each, and what is no file but a stream is kept for that in a temporary
// one, up to [reread.SpoolLimit].
//
// What leaves Clerk lies in several files, which are joined by the users' ids, see
// [JoinClerk]: they are sorted in a temporary file first, in bounded memory.
//
// What a source says of a user is of three kinds: a value, null, and nothing. A
// merge writes the first, removes the second and keeps the third. Sources of JSON
// can say null; a table cannot, and its empty cells say nothing.
//
// An address becomes a contact, verified where the source says that it is. Where it
// does not tell, the address is a name to log in by, as it was there, and its contact
// is unverified.
//
// Where a column or key called password holds digests, as in many systems, they are
// taken as such: a digest never becomes a password that it opens. Which of the two all
// of them are is found out before anything is written.
//
// The package knows the domain's words for users. Formats of digests, uniqueness and
// writing are not its business.
package importer
