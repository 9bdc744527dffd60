package importer

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/gokuzzle/kuzzle/kuzzle/importer/reread"
	"github.com/gokuzzle/kuzzle/kuzzle/importer/sorted"
	"github.com/gokuzzle/kuzzle/kuzzle/importer/texts"
	"github.com/gokuzzle/kuzzle/kuzzle/importer/values"
	"github.com/gokuzzle/kuzzle/kuzzle/plainjson"
)

// File is one of several that are imported together.
type File struct {
	// Name is what messages call it.
	Name string
	From io.Reader
}

// MaxFiles is how many files are joined at most.
const MaxFiles = 1000

// JoinClerk makes one source of what Clerk gives away in several files: the Dashboard's
// table of users, which alone has digests and secrets, and what its API lists, which
// alone has the rest, page by page. They are joined by the users' ids, whatever their
// order, by way of a temporary file of at most limit bytes; 0 means [sorted.Limit].
//
// Of what the table and the API both tell counts what the API says; of what the API tells
// several times the one that was changed last, or stands last. A digest or secret in the
// table counts unless the API says that the user has no password, or no app.
func JoinClerk(ctx context.Context, files []File, o Options, limit int64) (*Source, error) {
	if o.Format != "" && o.Format != clerkFormat {
		return nil, &OptionError{"format", "only files of the format clerk are joined; import other files one by one"}
	}
	if len(files) > MaxFiles {
		return nil, &OptionError{"files", fmt.Sprintf("at most %d files are joined", MaxFiles)}
	}
	j := &joined{options: o, sorter: sorted.New(limit)}
	var heads []string
	for _, file := range files {
		once := reread.New(ctx, file.From, 0)
		once.Once()
		in := bufio.NewReaderSize(once, texts.Peeked)
		head, err := in.Peek(texts.Peeked)
		if err != nil && !errors.Is(err, io.EOF) {
			return nil, fmt.Errorf("%s: %w", file.Name, err)
		}
		heads = append(heads, fileKey(head))
		j.files = append(j.files, File{file.Name, in})
	}
	slices.Sort(heads)
	return &Source{format: clerkFormat, about: strings.Join(heads, " "), open: func(context.Context, *place) (sourceReader, error) {
		if err := j.sort(); err != nil {
			j.close()
			return nil, err
		}
		return j, nil
	}}, nil
}

// joined reads sorted files. The key of a record begins with what it is of, goes on with
// the id, and ends with what tells of it.
type joined struct {
	options Options
	files   []File
	sorter  *sorted.Sorter
	unused  []string
	// records are those added, rows those of a table among them.
	records, rows int64
	number        int64
	// ahead is the record that was read beyond a group, nil for none.
	ahead *joinedRecord
	// The users by where they are, and what was told again.
	both, inTable, inList, again int64
}

// The beginnings of keys, in the order in which rows need each other, and their ends.
const (
	refusedFirst    = "0"
	usersSecond     = "1"
	organizationsIn = "2"
	membersIn       = "3"
	invitationsLast = "4"

	fromList  = "\x00l"
	fromTable = "\x00t"
)

var clerkGroups = map[string]string{
	clerkUserKind: usersSecond, clerkOrganizationKind: organizationsIn, clerkMembershipKind: membersIn, clerkInvitationKind: invitationsLast,
}

type joinedRecord struct {
	key  string
	data []byte
}

// group is what all records of one thing have in common.
func (r *joinedRecord) group() string { return r.key[:len(r.key)-len(fromList)] }

// refusal is a record that says why something is in no row.
type refusal struct {
	Of        string
	Err, Skip *RowError
}

// tableRow is a record of a table's row.
type tableRow struct {
	Row
	Err *RowError
}

// sort reads all files.
func (j *joined) sort() error {
	for _, file := range j.files {
		if err := j.take(file); err != nil {
			return fmt.Errorf("%s: %w", file.Name, err)
		}
	}
	return nil
}

func (j *joined) take(file File) error {
	text, err := texts.Unpack(file.From)
	if err != nil {
		return err
	}
	in, format, err := open(text, j.options)
	switch {
	case err == nil && format == clerkFormat:
	case isEmptyList(text):
		return nil
	case err != nil && format == "":
		return err
	case format != clerkFormat:
		return texts.Broken("its format is %s, and only files of the format clerk are joined; --format clerk reads it as a file of Clerk's", format)
	case err != nil:
		return err
	}
	switch in := in.(type) {
	case *table:
		return j.takeTable(file.Name, in)
	case *jsonReader:
		return j.takeList(file.Name, in.elements)
	}
	return nil
}

// isEmptyList tells whether a file is a page without anything, whose kind shows nowhere.
func isEmptyList(in *bufio.Reader) bool {
	head, _ := in.Peek(texts.Peeked) // shorter is fine
	head = []byte(strings.Join(strings.Fields(string(head)), ""))
	return string(head) == "[]" || strings.HasPrefix(string(head), `{"data":[],`) || string(head) == `{"data":[]}`
}

func (j *joined) add(group, id, from string, data []byte) error {
	j.records++
	return j.sorter.Add(group+id+from, data)
}

func (j *joined) refuse(of string, r *Row) error {
	return j.add(refusedFirst, fmt.Sprintf("%015d", j.records), fromList, []byte(jsonText(refusal{of, r.err, r.skip})))
}

// takeTable adds the rows of a table.
func (j *joined) takeTable(name string, in *table) error {
	j.unused = append(j.unused, in.Unused()...)
	for {
		row, err := in.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		record := jsonText(tableRow{*row, row.err})
		switch {
		case row.ExternalID == "":
			row.spoil(KeyID, "the row has no id, and the files are joined by it")
		case record == "":
			row.spoil("", "the row has a time that cannot be read")
		default:
			j.rows++
			err = j.add(usersSecond, row.ExternalID, fromTable, []byte(record))
		}
		if row.ExternalID == "" || record == "" {
			err = j.refuse(fmt.Sprintf("%s, row %d", name, row.Number), row)
		}
		if err != nil {
			return err
		}
	}
}

// takeList adds what an API listed.
func (j *joined) takeList(name string, in *texts.Elements) error {
	for number := 1; ; number++ {
		value, err := in.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil && !errors.Is(err, texts.ErrLong) {
			return texts.CutShort(err)
		}
		row := new(Row)
		if err != nil {
			row.spoil("", tooLong, MaxRowBytes)
		} else if err := j.takeValue(value, row); err != nil {
			return err
		}
		if row.err == nil && row.skip == nil {
			continue
		}
		if err := j.refuse(fmt.Sprintf("%s, value %d", name, number), row); err != nil {
			return err
		}
	}
}

// takeValue adds a value, unless something is wrong with it, which is then in the row.
func (j *joined) takeValue(value []byte, r *Row) error {
	group, joins := clerkGroups[clerkKind(value)]
	if !joins {
		r.read(value, "", decodeClerk)
		return nil
	}
	var id text
	r.read(value, "", func(raw []byte, _ string, _ *Row) error {
		var of struct{ ID text }
		err := json.Unmarshal(raw, &of)
		id = of.ID
		return err
	})
	switch {
	case r.err != nil:
		return nil
	case id == "":
		r.spoil(KeyID, "the row has no id, and the files are joined by it")
		return nil
	case values.Unreadable(string(id)) != "":
		r.spoil(KeyID, "%s", values.Unreadable(string(id)))
		return nil
	}
	return j.add(group, string(id), fromList, value)
}

// Next implements reader.
func (j *joined) Next() (*Row, error) {
	group, list, table, err := j.together()
	if err != nil {
		return nil, err
	}
	j.number++
	row := &Row{}
	kind, id := group[:1], group[1:]
	switch {
	case kind == refusedFirst:
		var why refusal
		err = json.Unmarshal(list, &why)
		row.err, row.skip, id = why.Err, why.Skip, why.Of
	case list == nil:
		j.inTable++
		row, err = fromRecord(table)
	case kind == usersSecond:
		err = j.join(row, list, table)
	default:
		row.read(list, "", nullable(decodeClerk, clerkNulls))
	}
	row.Number, row.Of, row.bytes = j.number, id, int64(len(list)+len(table))
	return row, err
}

// join reads a user of whom the API tells, and perhaps the table.
func (j *joined) join(row *Row, list, table []byte) error {
	var told *Row
	if table == nil {
		j.inList++
	} else {
		j.both++
		var err error
		if told, err = fromRecord(table); err != nil {
			return err
		}
		row.err = told.err
	}
	row.read(list, "", nullable(func(raw []byte, _ string, r *Row) error { return decodeClerkUser(raw, told, r) }, clerkNulls))
	return nil
}

func fromRecord(data []byte) (*Row, error) {
	var kept tableRow
	err := json.Unmarshal(data, &kept)
	kept.Row.err = kept.Err
	return &kept.Row, err
}

// together reads all records of one thing, and answers the one of each kind that counts.
func (j *joined) together() (group string, list, table []byte, err error) {
	for {
		if j.ahead == nil {
			key, data, err := j.sorter.Next()
			if errors.Is(err, io.EOF) && group != "" {
				return group, list, table, nil
			}
			if err != nil {
				return "", nil, nil, err
			}
			j.ahead = &joinedRecord{key, bytes.Clone(data)}
		}
		r := j.ahead
		if group != "" && group != r.group() {
			return group, list, table, nil
		}
		group, j.ahead = r.group(), nil
		switch {
		case strings.HasSuffix(r.key, fromTable):
			if table != nil {
				j.again++
			}
			table = r.data
		case list == nil:
			list = r.data
		default:
			j.again++
			if changedAt(r.data) >= changedAt(list) {
				list = r.data
			}
		}
	}
}

// changedAt is when what a value tells of was changed last.
func changedAt(value []byte) (at float64) {
	if raw, err := plainjson.Get(value, "updated_at"); err == nil && raw != nil {
		_ = json.Unmarshal(raw, &at) // 0 where it is no number
	}
	return at
}

// Unused implements leaver.
func (j *joined) Unused() []string { return j.unused }

// total takes it that the table and the API tell of the same users.
func (j *joined) total() int64 { return max(j.rows, j.records-j.rows) }

func (j *joined) done() {}

func (j *joined) close() { _ = j.sorter.Close() }

// remarks implements remarker.
func (j *joined) remarks() []string {
	all := []string{fmt.Sprintf("users joined: %d in the table and the API, %d only in the table, %d only in the API", j.both, j.inTable, j.inList)}
	if j.again > 0 {
		all = append(all, fmt.Sprintf("repeated records: %d; of each, the one that was changed last was taken, or else the last one", j.again))
	}
	return all
}
