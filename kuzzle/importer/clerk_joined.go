package importer

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/gokuzzle/kuzzle/kuzzle/importer/counts"
	"github.com/gokuzzle/kuzzle/kuzzle/importer/kinds"
	"github.com/gokuzzle/kuzzle/kuzzle/importer/outlook"
	"github.com/gokuzzle/kuzzle/kuzzle/importer/reread"
	"github.com/gokuzzle/kuzzle/kuzzle/importer/resume"
	"github.com/gokuzzle/kuzzle/kuzzle/importer/rows"
	"github.com/gokuzzle/kuzzle/kuzzle/importer/sorted"
	"github.com/gokuzzle/kuzzle/kuzzle/importer/texts"
	"github.com/gokuzzle/kuzzle/kuzzle/importer/values"
	"github.com/gokuzzle/kuzzle/kuzzle/plainjson"
)

// File is one of several files that are imported together.
type File struct {
	// Name is the file's name in messages.
	Name string
	From io.Reader
}

// MaxFiles is the largest number of files that are joined.
const MaxFiles = 1000

// JoinClerk returns one source for Clerk's several files: the Dashboard's table of users,
// which alone has digests and secrets, and pages of the API's lists, which have everything
// else. It joins them by the users' ids, in any order, with a temporary file of at most
// limit bytes; 0 means [sorted.Limit].
//
// The API's value counts where the table and the API both have one. Of repeated records of
// the API, the one that was changed last counts, or else the last one. A digest or secret of
// the table counts unless the API says that the user has no password or no app.
func JoinClerk(ctx context.Context, files []File, o Options, limit int64) (*Source, error) {
	if o.Format != "" && o.Format != clerkFormat {
		return nil, &OptionError{"format", "only files of the format clerk are joined; import other files one by one"}
	}
	if len(files) > MaxFiles {
		return nil, &OptionError{"files", fmt.Sprintf("at most %d files are joined", MaxFiles)}
	}
	j := &joined{options: o, sorter: sorted.New(limit), sights: outlook.Seen{}}
	var heads []string
	for _, file := range files {
		once := reread.New(ctx, file.From, 0)
		once.Once()
		in := bufio.NewReaderSize(once, texts.Peeked)
		head, err := in.Peek(texts.Peeked)
		if err != nil && !errors.Is(err, io.EOF) {
			return nil, fmt.Errorf("%s: %w", file.Name, err)
		}
		heads = append(heads, resume.Key(head))
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

// joined reads sorted files. The key of a record is the kind of its row, the row's id, and
// the kind of the file that it comes from.
type joined struct {
	options Options
	files   []File
	sorter  *sorted.Sorter
	unused  []string
	// records is the number of all records, rows the number of those from a table.
	records, rows int64
	number        int64
	// ahead is the first record of the next group, already read; nil for none.
	ahead *joinedRecord
	// lacks are the columns and members without a meaning here, sights their names.
	lacks  counts.Lacks
	sights outlook.Seen
	// Users in both, in the table only and in the API only; and repeated records.
	both, inTable, inList, again int64
}

// Prefixes of keys, sorted so that rows follow the rows that they need; and suffixes.
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

// group returns the key without its suffix: the same for all records of one row.
func (r *joinedRecord) group() string { return r.key[:len(r.key)-len(fromList)] }

// refusal is a record with the reason why a value is not imported.
type refusal struct {
	Of        string
	Err, Skip *rows.Error
}

// sort reads and sorts all files.
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

// isEmptyList reports whether a file is an empty page, which shows no kind.
func isEmptyList(in *bufio.Reader) bool {
	head, _ := in.Peek(texts.Peeked) // less is fine
	head = []byte(strings.Join(strings.Fields(string(head)), ""))
	return string(head) == "[]" || strings.HasPrefix(string(head), `{"data":[],`) || string(head) == `{"data":[]}`
}

func (j *joined) add(group, id, from string, data []byte) error {
	j.records++
	return j.sorter.Add(group+id+from, data)
}

func (j *joined) refuse(of string, r *Row) error {
	return j.add(refusedFirst, fmt.Sprintf("%015d", j.records), fromList, []byte(values.JSON(refusal{of, r.Err, r.Skip})))
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
		j.notice(row.Unknown)
		record := values.JSON(row)
		switch {
		case row.ExternalID == "":
			row.Spoil(KeyID, "the row has no id, and the files are joined by it")
		case record == "":
			row.Spoil("", "the row has a time that cannot be read")
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

// takeList adds the values of an API's list.
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
			row.Spoil("", tooLong, MaxRowBytes)
		} else if err := j.takeValue(value, row); err != nil {
			return err
		}
		if row.Err == nil && row.Skip == nil {
			continue
		}
		if err := j.refuse(fmt.Sprintf("%s, value %d", name, number), row); err != nil {
			return err
		}
	}
}

// takeValue adds a value. If the value has a fault, it notes the fault in the row and adds
// nothing.
func (j *joined) takeValue(value []byte, r *Row) error {
	group, joins := clerkGroups[clerkKind(value)]
	if !joins {
		decodeInto(r, value, "", decodeClerk)
		return nil
	}
	var id text
	decodeInto(r, value, "", func(raw []byte, _ string, _ *Row) error {
		var of struct{ ID text }
		err := json.Unmarshal(raw, &of)
		id = of.ID
		return err
	})
	switch {
	case r.Err != nil:
		return nil
	case id == "":
		r.Spoil(KeyID, "the row has no id, and the files are joined by it")
		return nil
	case values.Unreadable(string(id)) != "":
		r.Spoil(KeyID, "%s", values.Unreadable(string(id)))
		return nil
	case group == usersSecond:
		var user Row
		err := outlook.Others(value, kinds.Knows(clerkFormat), user.AddUnknown)
		if j.notice(user.Unknown); err != nil {
			return err
		}
	}
	return j.add(group, string(id), fromList, value)
}

// notice counts the columns or members of a user that have no meaning here.
func (j *joined) notice(unknown map[string]any) {
	j.lacks.Ignore(slices.Collect(maps.Keys(unknown)), j.sights.First(j.records+1, unknown))
}

// outlook implements foreseer.
func (j *joined) outlook() Outlook {
	return Outlook{Format: clerkFormat, Rows: j.records, Whole: true, Unknown: outlook.List(j.lacks)}
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
		row.Err, row.Skip, id = why.Err, why.Skip, why.Of
	case list == nil:
		j.inTable++
		row, err = fromRecord(table)
	case kind == usersSecond:
		err = j.join(row, list, table)
	default:
		decodeInto(row, list, "", nullable(clerkFormat, decodeClerk))
	}
	row.Number, row.Of, row.Bytes = j.number, id, int64(len(list)+len(table))
	return row, err
}

// join reads a user that is in the API's list and perhaps in the table.
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
		row.Err = told.Err
	}
	decodeInto(row, list, "", noticing(clerkFormat, nullable(clerkFormat, func(raw []byte, _ string, r *Row) error { return decodeClerkUser(raw, told, r) })))
	return nil
}

func fromRecord(data []byte) (*Row, error) {
	row := &Row{}
	err := json.Unmarshal(data, row)
	return row, err
}

// together reads all records of one group and returns the record of each kind that counts.
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

// changedAt returns the time of a value's last change.
func changedAt(value []byte) (at float64) {
	if raw, err := plainjson.Get(value, "updated_at"); err == nil && raw != nil {
		_ = json.Unmarshal(raw, &at) // 0 if it is not a number
	}
	return at
}

// Unused implements leaver.
func (j *joined) Unused() []string { return j.unused }

// total assumes that the table and the API have the same users.
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
