// Package importer imports users: one pipeline from a file of any known format to users of
// this server.
//
// A run reads a stream of bytes, compressed or not. The reader of the recognised format
// makes one [Row] per user, the same for all sources. Rows are normalised, checked and
// written in batches by a [Sink]. The report has one JSON line for each row that was not
// imported. After every batch a checkpoint is on disk, from which an interrupted run
// resumes; reading a row twice changes nothing.
//
// One source is not a file: the cluster of a Kuzzle 2 server, whose own indexes are read
// (kuzzle_indexes.go). It and Kuzzle's files have roles and profiles; the cluster alone has
// API keys.
//
// Memory is constant: a reader holds one row of at most [MaxRowBytes], the pipeline three
// batches (read, checked, written). No file can make it larger: rows that are too long,
// broken or of the wrong types are reported and skipped. A file that cannot be read further
// ends the run with the position. A dry run also remembers a few bytes of each user and
// name, to find rows that want the same name; beyond [imports.DryRunNames] it stops
// comparing and says so.
//
// A file of Kuzzle's whose users stand before their roles and profiles is read once for each
// of them. A stream is kept in a temporary file for that, up to [reread.SpoolLimit].
//
// Clerk's exports are several files, which are joined by the users' ids, see [JoinClerk].
// They are sorted in a temporary file first, in bounded memory.
//
// A source has a value for a field, null, or nothing. A merge writes the value, removes the
// field for null, and keeps the field for nothing. JSON can have null; a table cannot, and
// its empty cells mean nothing.
//
// An address becomes a contact. It is verified if the source says so. If the source does not
// say, the address is a login name as before, and its contact is unverified.
//
// Where a column or key called password holds digests, as in many systems, they are taken as
// digests: a digest never becomes a password that opens the account. A first pass decides
// that for all rows before anything is written.
//
// Rows and their fields are in package rows. Most systems' users are read by package systems,
// and the columns of tables are named in package columns. What is no row yet, such as a dump,
// becomes one in a package of its own.
//
// The package reads and normalises rows. Formats of digests, uniqueness and writing belong
// to other packages.
package importer
