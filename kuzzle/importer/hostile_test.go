package importer_test

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"runtime"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"
	"golang.org/x/text/encoding/unicode"

	"github.com/gokuzzle/kuzzle/kuzzle/accounts/imports"
	"github.com/gokuzzle/kuzzle/kuzzle/importer"
)

// endless is a reader of a text, then of one byte so many times, then of an end.
func endless(head string, fill byte, n int64, tail string) io.Reader {
	return io.MultiReader(strings.NewReader(head), io.LimitReader(repeated(fill), n), strings.NewReader(tail))
}

type repeated byte

func (r repeated) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = byte(r)
	}
	return len(p), nil
}

const (
	gigabyte = 1 << 30
	// twice is twice as much as the heap may grow by.
	twice = 2 * mostHeap
	// mostHeap is by how much the heap may grow while a file is imported.
	mostHeap = 64 << 20
)

// hostile are files that mean no good. The file is refused as a whole where
// broken says why; else so many rows are imported and the report tells of the
// others.
var hostile = []struct {
	name    string
	file    func(t *testing.T) io.Reader
	broken  string
	created int64
	report  []string
}{
	{name: "empty", file: text(""), broken: "it is empty"},
	{name: "blank", file: text("\n\n  \n"), broken: "it is empty"},
	{name: "binary", file: func(t *testing.T) io.Reader { return io.LimitReader(rand.Reader, 1<<20) }, broken: "cannot be read"},
	{name: "an archive", file: made(func() string { return zipped(twoUsers) }), broken: "it is a zip archive, or a spreadsheet; unpack it"},
	{name: "archives 42-fold", file: made(func() string { return fold(42, twoUsers, func(one string) string { return zipped(one) }) }), broken: "it is a zip archive"},
	{name: "a zip bomb", file: made(func() string {
		return fold(3, zipped(strings.Repeat("\n", 1<<24)), func(one string) string { return zipped(one, one, one, one) })
	}), broken: "it is a zip archive"},
	{name: "an archive of nothing", file: made(func() string { return zipped() }), broken: "it is a zip archive"},
	{name: "gzip 42-fold", file: text(fold(42, twoUsers, gzipped)), broken: "it is packed by gzip, and inside it is packed by gzip; unpack it"},
	{name: "gzip in zstd", file: made(func() string { return zstandard(gzipped(twoUsers)) }), broken: "it is packed by zstd, and inside it is packed by gzip"},
	{name: "zstd in gzip", file: made(func() string { return gzipped(zstandard(twoUsers)) }), broken: "it is packed by gzip, and inside it is packed by zstd"},
	{name: "an archive in gzip", file: made(func() string { return gzipped(zipped(twoUsers)) }), broken: "it is packed by gzip, and inside it is a zip archive"},
	{name: "tar in gzip", file: made(func() string { return gzipped(tarred(twoUsers)) }), broken: "it is packed by gzip, and inside it is a tar archive"},
	{name: "a bomb in many gzips", file: made(func() string { return gzipped(oneUser) + strings.Repeat(gzipped(strings.Repeat(" ", 1<<20)), 1<<7) }), broken: "unpacks to more than", created: 1},
	{name: "zstd", file: made(func() string { return zstandard(twoUsers) }), created: 2},
	{name: "a bomb of zstd", file: made(zstandardBomb), broken: "unpacks to more than", created: 1},
	{name: "xz", file: text("\xfd7zXZ\x00\x00\x04"), broken: "it is packed by xz; unpack it"},
	{name: "UTF-16", file: made(func() string {
		return inUTF16(unicode.LittleEndian, "id,username,name\n1,anna,Ren\u00e9 \U0001f600\n2,bob,\n")
	}), created: 2},
	{name: "UTF-16 the other way", file: made(func() string { return inUTF16(unicode.BigEndian, twoUsers) }), created: 2},
	{name: "UTF-16 cut in a character", file: made(func() string { return inUTF16(unicode.LittleEndian, twoUsers) + "3" }), created: 2, report: []string{"the row has 1 fields instead of 2"}},
	{name: "UTF-16 without its mark", file: made(func() string { return inUTF16(unicode.LittleEndian, twoUsers)[2:] }), broken: "it is not text"},
	{name: "UTF-32", file: text("\xff\xfe\x00\x00i\x00\x00\x00d\x00\x00\x00\n\x00\x00\x00"), broken: "it is not text"},
	{name: "UTF-16 in gzip", file: made(func() string { return gzipped(inUTF16(unicode.LittleEndian, twoUsers)) }), created: 2},
	{name: "a byte order mark", file: text("\xef\xbb\xbf" + twoUsers), created: 2},
	{name: "a byte order mark before JSON", file: text("\xef\xbb\xbf[{\"id\":1,\"username\":\"anna\"}]"), created: 1},
	{name: "two byte order marks", file: text("\xef\xbb\xbf\xef\xbb\xbfid,username\n1,anna\n"), created: 1},
	{name: "Latin-1 in the header", file: text("id,username,pr\xe9nom\n1,anna,Ren\xe9\n"), broken: "the text is not UTF-8"},
	{name: "Latin-1 in JSON", file: text(oneUser + "{\"id\":2,\"username\":\"bob\",\"name\":\"Ren\xe9\"}\n"), created: 1, report: []string{`"row":2`, "the text is not UTF-8"}},
	{name: "a header alone", file: text("id,username\n"), created: 0},
	{name: "no header that is known", file: text("foo,bar\n1,2\n"), broken: "no column is known"},
	{name: "NUL bytes", file: text("id,username\n1,a\x00b\n2,bob\n"), created: 1, report: []string{`"row":1,"field":"username","reason":"the text has control characters"`}},
	{name: "Latin-1", file: text("id,username,name\n1,anna,Ren\xe9\n2,bob,Bob\n"), created: 1, report: []string{`the text is not UTF-8`}},
	{name: "CSV injection", file: text("id,username,name\n1,\"=HYPERLINK(\"\"x\"\")\",\"@SUM(1)\"\n"), created: 1},
	{name: "a quote that hides rows", file: text("sep=;\nid;username\n1;ana\n2;\"bob\n3;cid\n4;\"dan\"\n5;eve\n"), created: 2, report: []string{"the quotes in lines 4 to 6 are wrong, so no row of these lines is imported"}},
	{name: "a quote that joins rows", file: text("id,username,note\n1,ana,\n2,\"bob,x\n3,cid,y\n4,dan\",\"z\",w\n5,eve,\n"), created: 2, report: []string{"the row in lines 3 to 5 has 4 fields instead of 3; it may hide others"}},
	{name: "quotes", file: text("id,username\n1,an\"na\n2,bob\n"), created: 1, report: []string{"the quotes in line 2 are wrong"}},
	{name: "a quote that never ends", file: func(*testing.T) io.Reader { return endless("id,username\n1,\"", 'a', gigabyte, "") }, broken: "longer than"},
	{name: "fields too few and too many", file: text("id,username\n1\n2,bob\n3,carl,x\n"), created: 1, report: []string{"the row has 1 fields instead of 2", "the row has 3 fields instead of 2"}},
	{name: "rows twice", file: text("id,username\n1,anna\n1,anna\n2,ANNA\n3,anna\n"), created: 1, report: []string{`"row":3,"field":"username"`, `"row":4,"field":"username"`}},
	{name: "a line of 128 megabytes", file: func(*testing.T) io.Reader {
		return endless(`{"id":1,"username":"anna"}`+"\n"+`{"id":2,"username":"`, 'a', twice, "\"}\n{\"id\":3,\"username\":\"carl\"}\n")
	}, created: 2, report: []string{`"row":2,"field":"","reason":"the row is longer than`}},
	{name: "an element of 128 megabytes", file: func(*testing.T) io.Reader {
		return endless(`[{"id":1,"username":"anna"},{"id":2,"username":"`, 'a', twice, "\"},\n{\"id\":3,\"username\":\"carl\"}]")
	}, created: 2, report: []string{`"row":2,"field":"","reason":"the row is longer than`}},
	{name: "a bomb", file: bomb, broken: "unpacks to more than", created: 1},
	{name: "gzip cut short", file: cutShort, broken: "cannot be read", created: 0},
	{name: "depth", file: text(`[{"id":1,"username":"anna","content":` + strings.Repeat("[", 100_000) + strings.Repeat("]", 100_000) + `},{"id":2,"username":"bob"}]`), created: 1, report: []string{`"row":1`}},
	{name: "an array cut short", file: text(`[{"id":1,"username":"anna"},{"id":2,`), broken: "it ends early", created: 1},
	{name: "broken lines", file: text("{\"id\":1,\"username\":\"anna\"}\n{\"id\":2,,}\nnonsense\n{\"id\":3,\"username\":\"carl\"}\n"), created: 2, report: []string{`"row":2`, `"row":3`}},
	{name: "wrong types", file: text(wrongTypes()), created: 4, report: []string{`"field":"username"`, `"field":"createdAt"`, `"field":"profileIds"`, `"field":"credentials"`, `"field":"disabled"`}},
	{name: "costs", file: text(costs), created: 1, report: []string{`"row":1,`, `"row":2,`, `"row":3,`, `"row":4,`, "too_expensive"}},
	{name: "a header that speaks to the terminal", file: text("id,username," + strings.Repeat("column,", 500) + "\x1b[2J\n1,anna\n"), broken: "its header is not text: the text has control characters"},
	{name: "lines that end in CR", file: text("id,username\r1,anna\r2,bob\r"), created: 2},
	{name: "lines that end in all ways", file: text("id,username\r\n1,anna\n\r\n2,bob\r\n3,carl"), created: 3},
	{name: "quoted ends of lines", file: text("id,username,name\n1,anna,\"a\nb\r\nc\"\n2,bob,\"say \"\"x\"\"\"\n"), created: 2},
	{name: "semicolons", file: text("\xef\xbb\xbfid;username;name\r\n1;anna;\"a, b, c, d\"\r\n"), created: 1},
	{name: "semicolons beside quoted commas", file: text("id;username;\"name, first, last, more\"\n1;anna;Anna\n"), created: 1},
	{name: "bars", file: text("id|username\n1|anna\n"), created: 1},
	{name: "a separator named first", file: text("sep=;\r\nid;username\r\n1;anna\r\n"), created: 1},
	{name: "a separator and nothing else", file: text("sep=;\n"), broken: "it is empty"},
	{name: "commas at the ends", file: text("id,username,\n1,anna,\n2,bob,\n"), created: 2},
	{name: "commas at the ends of rows", file: text("id,username\n1,anna,,\n2,bob,\n3,carl,x\n4\n"), created: 2, report: []string{`"row":3,"field":"","reason":"the row has 3 fields instead of 2"`, `"row":4,"field":"","reason":"the row has 1 fields instead of 2"`}},
	{name: "a column twice", file: text("id,username,username\n1,anna,anne\n"), broken: `two of its columns have the name "username"`},
	{name: "an unknown column twice", file: text("id,x,username,x\n1,,anna,\n"), created: 1},
	{name: "one object", file: text("{\n  \"id\": 1,\n  \"username\": \"anna\"\n}\n"), created: 1},
	{name: "an array of one", file: text(`[{"id":1,"username":"anna"}]`), created: 1},
	{name: "blank lines between objects", file: text("\n" + oneUser + "\n  \n{\"id\":2,\"username\":\"bob\"}\n\n"), created: 2},
	{name: "no header", file: text("1,anna\n2,bob\n"), broken: "name the columns in the first line"},
	{name: "many columns", file: text(strings.Repeat("c,", 100_000) + "id\n"), broken: "columns"},
}

// made is text that is only made for its test.
func made(content func() string) func(*testing.T) io.Reader {
	return func(*testing.T) io.Reader { return strings.NewReader(content()) }
}

func text(content string) func(*testing.T) io.Reader {
	return func(*testing.T) io.Reader { return strings.NewReader(content) }
}

const (
	twoUsers = "id,username\n1,anna\n2,bob\n"
	oneUser  = `{"id":1,"username":"anna"}` + "\n"
)

// zipped is an archive of files with such contents.
func zipped(contents ...string) string {
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	for i, content := range contents {
		f, err := w.Create(fmt.Sprintf("users%d.csv", i))
		if err == nil {
			_, err = io.WriteString(f, content)
		}
		must(err)
	}
	must(w.Close())
	return out.String()
}

func tarred(content string) string {
	var out bytes.Buffer
	w := tar.NewWriter(&out)
	must(w.WriteHeader(&tar.Header{Name: "users.csv", Size: int64(len(content))}))
	_, err := io.WriteString(w, content)
	must(errors.Join(err, w.Close()))
	return out.String()
}

func gzipped(content string) string {
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	_, err := io.WriteString(w, content)
	must(errors.Join(err, w.Close()))
	return out.String()
}

func zstandard(content string) string {
	w, err := zstd.NewWriter(nil)
	must(err)
	return string(w.EncodeAll([]byte(content), nil))
}

func zstandardBomb() string {
	var out bytes.Buffer
	w, err := zstd.NewWriter(&out, zstd.WithEncoderConcurrency(1))
	must(err)
	_, err = io.Copy(w, endless(oneUser, ' ', twice, ""))
	must(errors.Join(err, w.Close()))
	return out.String()
}

func inUTF16(order unicode.Endianness, content string) string {
	out, err := unicode.UTF16(order, unicode.UseBOM).NewEncoder().String(content)
	must(err)
	return out
}

// fold packs a content so many times over.
func fold(times int, content string, pack func(string) string) string {
	for range times {
		content = pack(content)
	}
	return content
}

func must(err error) {
	if err != nil {
		panic(err)
	}
}

// bomb is a gigabyte of blank lines in a megabyte.
func bomb(t *testing.T) io.Reader {
	out, w := io.Pipe()
	go func() {
		zip := gzip.NewWriter(w)
		_, err := io.WriteString(zip, oneUser)
		blank := []byte(strings.Repeat("\n"+strings.Repeat(" ", 1023), 64))
		for written := 0; err == nil && written < gigabyte; written += len(blank) {
			_, err = zip.Write(blank)
		}
		w.CloseWithError(errors.Join(err, zip.Close()))
	}()
	t.Cleanup(func() { _ = out.Close() })
	return out
}

func cutShort(t *testing.T) io.Reader {
	var out bytes.Buffer
	zip := gzip.NewWriter(&out)
	fmt.Fprintf(zip, "id,username\n")
	for i := range 1000 {
		fmt.Fprintf(zip, "%d,user%d\n", i, i)
	}
	if err := zip.Close(); err != nil {
		t.Fatal(err)
	}
	return bytes.NewReader(out.Bytes()[:out.Len()/2])
}

func wrongTypes() string {
	rows := []string{
		`{"id":1,"username":{"a":1}}`, `{"id":2,"username":["x"]}`, `{"id":3,"username":"c","createdAt":"yesterday"}`,
		`{"id":4,"username":"d","createdAt":1e300}`, `{"id":5,"username":"e","profiles":7}`, `{"id":6,"username":"f","content":"text"}`,
		`{"id":7,"username":"g","credentials":[]}`, `{"id":8,"username":"h","disabled":"maybe"}`, `{"id":9,"username":"i","emails":[1,{}]}`,
		`{"id":10,"username":"j","content":{"profileIds":"admin"}}`, `{"id":11,"username":"k","accounts":["nonsense"]}`,
		`[1]`, `"text"`, `null`, `12`, `{"id":12,"username":"ok"}`, `{"id":"` + strings.Repeat("x", 3000) + `"}`,
	}
	return strings.Join(rows, "\n") + "\n"
}

const costs = `{"id":1,"username":"a","passwordHasher":"argon2id","passwordDigest":"$argon2id$v=19$m=1073741824,t=1,p=1$c2FsdHNhbHQ$MDEyMzQ1Njc4OWFiY2RlZg"}
{"id":2,"username":"b","passwordHasher":"bcrypt","passwordDigest":"$2b$31$n66G/MusZA76joLrxpMlx.73CjSP4xKXJiWNjYMixwA8Q5bAFj9SG"}
{"id":3,"username":"c","passwordHasher":"pbkdf2_sha256_django","passwordDigest":"pbkdf2_sha256$999999999$salt$MPBMELGDJjfcXSGzfKcU2Y4CRMV5TkBSawXe9jh3Ybs="}
{"id":4,"username":"d","passwordHasher":"nonsense","passwordDigest":"x"}
{"id":5,"username":"e","passwordHasher":"md5","passwordDigest":"5f4dcc3b5aa765d61d8327deb882cf99"}
`

func TestHostile(t *testing.T) {
	for _, h := range hostile {
		t.Run(h.name, func(t *testing.T) {
			b := newBench(t, t.TempDir())
			file := h.file(t)
			peak := watch(t)
			p, report, err := b.bring(t, file, importer.Options{})
			if grown := peak(); grown > mostHeap {
				t.Errorf("the heap grew by %d MiB", grown>>20)
			}
			switch {
			case h.broken == "" && err != nil:
				t.Errorf("got the error %v", err)
			case h.broken != "" && (!errors.Is(err, importer.ErrFile) || !strings.Contains(err.Error(), h.broken)):
				t.Errorf("got the error %v, want one about the file: %s", err, h.broken)
			}
			if p.Created != h.created || b.users() != h.created && h.broken == "" {
				t.Errorf("got %d created and %d users, want %d\n%.2000s", p.Created, b.users(), h.created, report)
			}
			for _, want := range h.report {
				if !strings.Contains(report, want) {
					t.Errorf("the report lacks %s:\n%.3000s", want, report)
				}
			}
			// The store is as good as before.
			if results, err := b.Imports.Import(t.Context(), admin, imports.Import{}, []imports.Row{{ID: "after", Content: map[string]any{"profileIds": []any{"default"}}}}); err != nil || results[0].Err != nil {
				t.Errorf("afterwards: %v, %v", err, results)
			}
		})
	}
}

// watch answers by how much the heap has grown at most since, as far as the
// collector saw.
func watch(t *testing.T) func() uint64 {
	t.Helper()
	runtime.GC()
	var before runtime.MemStats
	runtime.ReadMemStats(&before)
	return func() uint64 {
		var after runtime.MemStats
		runtime.ReadMemStats(&after)
		if after.HeapSys < before.HeapSys {
			return 0
		}
		return after.HeapSys - before.HeapSys
	}
}

// TestLongRows: a row near the largest size costs as much as its bytes, not their square, and what
// no user has so often is refused.
func TestLongRows(t *testing.T) {
	list := func(n int, form string) string {
		var all strings.Builder
		for i := range n {
			fmt.Fprintf(&all, form, i)
		}
		return strings.TrimSuffix(all.String(), ",")
	}
	const emails = "the user has 50000 addresses, at most 1000 are read"
	for name, c := range map[string]struct{ text, reason string }{
		"addresses":                 {`{"id":1,"username":"anna","emails":[` + list(50_000, `"%d@b",`) + `]}`, emails},
		"addresses of LDIF":         {"dn: uid=a\nuid: a\n" + list(50_000, "mail: %d@b\n"), emails},
		"addresses of Kratos":       {`{"id":"1","traits":{},"credentials":{"password":{"identifiers":[` + list(50_000, `"%d@b",`) + `]}}}`, emails},
		"profiles":                  {`{"id":1,"username":"anna","profiles":[` + list(90_000, `"p%d",`) + `]}`, "does not exist"},
		"a value in short lines":    {"dn: uid=a\nuid: a\ndescription: x\n" + strings.Repeat(" a\n", 300_000), "left out"},
		"long names":                {`{"id":1,"username":"anna","` + strings.Repeat("n", 500_000) + `":1}`, `…","reason":"left out`},
		"long names of details":     {`{"id":1,"username":"anna","accountDetails":{"` + strings.Repeat("n", 500_000) + `":1}}`, `accountDetails.nnn`},
		"members without a meaning": {`{"id":1,"username":"anna",` + list(60_000, `"c%d":1,`) + `}`, `"row":1,"field":"c0"`},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t, t.TempDir())
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			p, report, err := b.bring(t, strings.NewReader(c.text), importer.Options{})
			runtime.ReadMemStats(&after)
			if kept, err := json.Marshal(p); err != nil || len(kept) > 16<<10 {
				t.Errorf("the progress has %d bytes, %v", len(kept), err)
			}
			if err != nil || !strings.Contains(report, c.reason) {
				t.Errorf("%v\n%.500s", err, report)
			}
			if used := after.TotalAlloc - before.TotalAlloc; used > 300<<20 {
				t.Errorf("it took %d MiB", used>>20)
			}
		})
	}
}
