// Package dumps reads the table of users in a dump of a database: SQL with INSERT statements,
// as mysqldump, phpMyAdmin, pg_dump --inserts and SQLite's .dump write it, or with COPY, as
// pg_dump writes it. It makes CSV of the table.
//
// It holds one row at a time and skips all other tables and statements.
package dumps
