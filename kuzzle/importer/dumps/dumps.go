package dumps

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"errors"
	"io"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/gokuzzle/kuzzle/kuzzle/importer/texts"
)

// beginning matches the first statement of a dump, or a comment in front of it.
var beginning = compiled(`(?i)^(--|/\*|\\restrict |(set|copy|insert into|create table|drop table|pragma|begin|start transaction|lock tables|use)\b[^,]*\s)`)

// statements matches those that have rows.
var statements = compiled(`(?im)^\s*(insert (ignore )?into|copy|create table)\s`)

func compiled(pattern string) func() *regexp.Regexp {
	return sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(pattern) })
}

// Is reports whether a text begins like a dump.
func Is(head []byte) bool {
	return beginning().Match(head) && statements().Match(head) || bytes.HasPrefix(head, []byte("--")) && named().Match(head)
}

// named matches the programs that write dumps, whose first rows may stand far from the beginning.
var named = compiled(`^(--[^\n]*\n)*-- ?(MySQL dump|MariaDB dump|PostgreSQL database dump|phpMyAdmin SQL Dump)`)

// mysql matches dumps whose strings have backslashes before special characters. It must not see
// what users wrote: elsewhere a backslash ends no string, and a name of somebody's with a backslash
// and this word would make the rest of the row further rows.
var mysql = compiled("(?i)mysql|mariadb|phpmyadmin|engine=|(into|table) `")

// usersTable matches the name of a table that may have users.
var usersTable = compiled(`(?i)(^|[_.])(users?|accounts?|members?|people|persons?|customers?|users_field_data)$`)

// secret matches a column with passwords or digests, which a table of users has.
var secret = compiled(`(?i)pass|digest|hash|pwd`)

// reader is the text of the CSV.
type reader struct {
	tokens tokens
	// columns are those of tables whose rows have not been seen, by name.
	columns map[string][]string
	// table is the name of the table that is read, "" before it was found.
	table string
	wide  int
	// next reads the next statement or row.
	next func() error
	line []byte
	out  bytes.Buffer
	csv  *csv.Writer
	err  error
}

// Read returns the table of users of a dump as CSV with a header.
func Read(in *bufio.Reader) io.Reader {
	head, _ := in.Peek(texts.Peeked) // less is fine
	r := &reader{tokens: tokens{in: in, backslashes: mysql().Match(outsideStrings(head))}, columns: map[string][]string{}}
	r.csv, r.next = csv.NewWriter(&r.out), r.statement
	return r
}

// Read implements io.Reader.
func (r *reader) Read(p []byte) (int, error) {
	for r.out.Len() == 0 && r.err == nil {
		r.err = r.next()
		switch {
		case !errors.Is(r.err, io.EOF):
		case r.table != "":
			r.err = io.EOF
		default:
			r.err = texts.Broken("it is a dump, and no table in it has users and their passwords; export the table of users")
		}
	}
	if r.out.Len() > 0 {
		return r.out.Read(p)
	}
	return 0, r.err
}

// statement reads a statement up to its rows.
func (r *reader) statement() error {
	first, err := r.tokens.next()
	if err != nil {
		return err
	}
	switch {
	case first.is("insert"):
		return r.insert()
	case first.is("copy"):
		return r.copy()
	case first.is("create"):
		return r.create()
	}
	return r.tokens.skip(first)
}

// create notes a table's columns.
func (r *reader) create() error {
	t, err := r.tokens.next()
	if err != nil || !t.is("table") {
		return errors.Join(err, r.tokens.skip(t))
	}
	name, t, err := r.tokens.name()
	if err != nil || t.text != "(" || t.quoted {
		return errors.Join(err, r.tokens.skip(t))
	}
	var columns []string
	for depth, start := 1, true; depth > 0; {
		if t, err = r.tokens.next(); err != nil {
			return err
		}
		switch {
		case t.mark("("):
			depth++
		case t.mark(")"):
			depth--
		case t.mark(";"):
			return nil
		case start && depth == 1 && len(columns) <= mostColumns && !slices.ContainsFunc([]string{"primary", "unique", "key", "constraint", "index", "foreign", "check", "fulltext", "exclude", "like"}, t.is):
			columns = append(columns, t.text[:min(len(t.text), longestName)])
		}
		start = depth == 1 && t.mark(",")
	}
	if len(r.columns) < mostTables && len(columns) <= mostColumns && usersTable().MatchString(name) {
		r.columns[name] = columns
	}
	return r.tokens.skip(token{})
}

// Bounds of a dump that keep the memory small.
const (
	mostTables  = 100
	mostColumns = 1000
	longestName = 256
)

// list reads the columns in front of a statement's rows, if it has them, and the word after.
func (r *reader) list(name string, t token) ([]string, token, error) {
	if !t.mark("(") {
		return r.columns[name], t, nil
	}
	var columns []string
	for {
		t, err := r.tokens.next()
		switch {
		case err != nil:
			return nil, t, err
		case t.mark(")"):
			t, err = r.tokens.next()
			return columns, t, err
		case !t.mark(",") && len(columns) <= mostColumns:
			columns = append(columns, t.text[:min(len(t.text), longestName)])
		}
	}
}

// insert begins the rows of an INSERT statement.
func (r *reader) insert() error {
	for {
		t, err := r.tokens.next()
		if err != nil || t.mark(";") {
			return err
		}
		if !t.is("into") {
			continue
		}
		taken, t, err := r.target()
		if err != nil {
			return err
		}
		if !taken || !t.is("values") {
			return r.tokens.skip(t)
		}
		r.next = r.row
		return nil
	}
}

// target reads the table and the columns of the rows that follow, and reports whether they are those
// of users. The returned word follows the columns.
func (r *reader) target() (taken bool, t token, err error) {
	name, t, err := r.tokens.name()
	if err != nil {
		return false, t, err
	}
	columns, t, err := r.list(name, t)
	if err != nil {
		return false, t, err
	}
	if taken, err = r.take(name, columns); err != nil {
		err = errors.Join(err, r.tokens.skip(t))
	}
	return taken, t, err
}

// take reports whether the rows are those of users, and writes the header before the first.
func (r *reader) take(name string, columns []string) (bool, error) {
	switch {
	case name == r.table && r.table != "":
		if len(columns) == r.wide {
			return true, nil
		}
		return false, texts.Broken("the rows of its table %s have different columns", name)
	case len(columns) == 0 && usersTable().MatchString(name):
		return false, texts.Broken("the rows of its table %s have no names of columns; dump the table's definition too, or use --column-inserts or --complete-insert", name)
	case !usersTable().MatchString(name) || !slices.ContainsFunc(columns, secret().MatchString):
		return false, nil
	case r.table != "":
		return false, texts.Broken("it has two tables of users, %s and %s; export one at a time", r.table, name)
	}
	r.table, r.wide = name, len(columns)
	return true, r.write(columns)
}

// row reads a row of an INSERT statement, or its end.
func (r *reader) row() error {
	t, err := r.tokens.next()
	for err == nil && t.mark(",") {
		t, err = r.tokens.next()
	}
	if err != nil || !t.mark("(") {
		r.next = r.statement
		return errors.Join(err, r.tokens.skip(t))
	}
	var values []string
	value, size, depth := token{}, 0, 1
	for depth > 0 {
		if t, err = r.tokens.next(); err != nil {
			return cut(err)
		}
		switch {
		case t.mark("("):
			depth++
		case t.mark(")"):
			depth--
		}
		switch {
		case depth == 0, depth == 1 && t.mark(","):
			if size += len(value.text); size > texts.MaxBytes || len(values) > mostColumns {
				return texts.ErrLong
			}
			values, value = append(values, value.value()), token{}
		case t.quoted && !value.quoted, value.text == "", value.is("_binary"): // a cast follows the value
			value = t
		}
	}
	return r.write(values)
}

// copy begins the rows of a COPY statement.
func (r *reader) copy() error {
	taken, t, err := r.target()
	if err != nil {
		return err
	}
	if !t.is("from") {
		return r.tokens.skip(t)
	}
	r.next = func() error { return r.copied(taken) }
	return errors.Join(r.tokens.skip(t), r.tokens.restOfLine())
}

// copied reads a row of a COPY statement, or its end.
func (r *reader) copied(taken bool) error {
	row, err := texts.ReadLine(r.tokens.in, &r.line)
	switch {
	case errors.Is(err, texts.ErrLong) && !taken:
		return nil
	case err != nil:
		return cut(err)
	case string(row) == `\.`:
		r.next = r.statement
		return nil
	case !taken:
		return nil
	}
	fields := strings.Split(string(row), "\t")
	for i, field := range fields {
		fields[i] = fromHex(unescaped(field), `\x`)
	}
	return r.write(fields)
}

func (r *reader) write(record []string) error {
	if err := r.csv.Write(record); err != nil {
		return err
	}
	r.csv.Flush()
	return r.csv.Error()
}

// cut is an end in the middle of a statement.
func cut(err error) error {
	if errors.Is(err, io.EOF) {
		return texts.Broken("it ends in the middle of a statement")
	}
	return err
}
