package scripts

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
)

// entry is a file of an archive.
type entry struct {
	name, content string
	kind          byte
}

// packageOf is the description in the archive of a package.
func packageOf(name, version string) entry {
	return entry{name: "package/package.json", content: `{"name":"` + name + `","version":"` + version + `","license":"MIT"}`}
}

func archiveOf(t *testing.T, entries ...entry) []byte {
	t.Helper()
	var out bytes.Buffer
	zipped := gzip.NewWriter(&out)
	files := tar.NewWriter(zipped)
	for _, one := range entries {
		header := &tar.Header{Name: one.name, Mode: 0o777, Typeflag: tar.TypeReg, Size: int64(len(one.content))}
		if one.kind != 0 {
			header.Typeflag, header.Linkname, header.Size, one.content = one.kind, one.content, 0, ""
		}
		if err := files.WriteHeader(header); err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(files, one.content); err != nil {
			t.Fatal(err)
		}
	}
	if err := files.Close(); err != nil {
		t.Fatal(err)
	}
	if err := zipped.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// filesBelow lists all files below a folder, sorted.
func filesBelow(t *testing.T, dir string) []string {
	t.Helper()
	var all []string
	err := filepath.WalkDir(dir, func(name string, d os.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			name, err = filepath.Rel(dir, name)
			all = append(all, filepath.ToSlash(name))
		}
		return err
	})
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	return all
}

// TestInstall: of a package, what pages load is kept, and nothing that leads elsewhere.
func TestInstall(t *testing.T) {
	data := filepath.Join(t.TempDir(), "data")
	archive := archiveOf(t, packageOf("@clerk/clerk-js", "7.1.2"),
		entry{name: "package/LICENSE", content: "MIT License"}, entry{name: "package/dist/clerk.browser.js", content: "let clerk"},
		entry{name: "package/dist/deep/er.mjs", content: "export {}"}, entry{name: "package/dist/types/index.d.ts", content: "type"},
		entry{name: "package/dist/a.js.map", content: "{}"}, entry{name: "package/headless/index.js", content: "no"},
		entry{name: "package/dist/../../out.js", content: "no"}, entry{name: "../../out.js", content: "no"}, entry{name: "/package/dist/out.js", content: "no"},
		entry{name: "package/dist/link.js", content: "/etc/passwd", kind: tar.TypeSymlink}, entry{name: "package/dist/hard.js", content: "/etc/passwd", kind: tar.TypeLink})
	p, fresh, err := Install(data, archive, Integrity(archive))
	if err != nil || !fresh || p.String() != "@clerk/clerk-js@7.1.2" {
		t.Fatalf("%v %v %v", p, fresh, err)
	}
	const at = "npm/@clerk/clerk-js@7.1.2/"
	want := []string{at + "LICENSE", at + "dist/clerk.browser.js", at + "dist/clerk.browser.js.gz", at + "dist/deep/er.mjs", at + "dist/deep/er.mjs.gz"}
	if got := filesBelow(t, data); !slices.Equal(got, want) {
		t.Errorf("files are %q", got)
	}
	if info, err := os.Stat(data); err != nil || runtime.GOOS != "windows" && info.Mode().Perm() != 0o700 {
		t.Errorf("the data directory is open to others: %v %v", info.Mode(), err)
	}
	if _, fresh, err = Install(data, archive, Integrity(archive)); err != nil || fresh {
		t.Errorf("once more: %v %v", fresh, err)
	}
	if all, err := Installed(Dir(data)); err != nil || len(all) != 1 || all[0] != p {
		t.Errorf("installed are %v %v", all, err)
	}
	if got := filesBelow(t, data); !slices.Equal(got, want) {
		t.Errorf("after the second time, files are %q", got)
	}
}

// TestInstallRefuses: nothing of a package that is refused is left.
func TestInstallRefuses(t *testing.T) {
	script := entry{name: "package/dist/a.js", content: "let a"}
	good := archiveOf(t, packageOf("@clerk/ui", "1.2.3"), script)
	for name, one := range map[string]struct {
		archive []byte
		// integrity is that of the archive by default.
		integrity, want string
	}{
		"unknown digest":  {good, Integrity(nil), "neither that of a known version nor given by --integrity"},
		"no archive":      {[]byte("<html>a page of a proxy</html>"), "", "gzip: invalid header"},
		"cut off":         {good[:len(good)-20], "", "unexpected EOF"},
		"another package": {archiveOf(t, script, packageOf("left-pad", "1.0.0")), "", "the package is none of @clerk/clerk-js and @clerk/ui"},
		"no description":  {archiveOf(t, script), "", "the package is none of"},
		"path as version": {archiveOf(t, script, packageOf("@clerk/ui", "../../x")), "", "the package is none of"},
		"a file twice":    {archiveOf(t, packageOf("@clerk/ui", "1.2.3"), script, script), "", "dist/a.js: openat"},
	} {
		t.Run(name, func(t *testing.T) {
			if one.integrity == "" {
				one.integrity = Integrity(one.archive)
			}
			data := t.TempDir()
			if _, _, err := Install(data, one.archive, one.integrity); err == nil || !strings.Contains(err.Error(), one.want) {
				t.Errorf("answers %v, want %q", err, one.want)
			}
			if left := filesBelow(t, data); len(left) > 0 {
				t.Errorf("%q are left", left)
			}
			if entries, err := os.ReadDir(Dir(data)); err == nil && len(entries) > 1 {
				t.Errorf("a folder is left: %v", entries)
			}
		})
	}
}

// TestBounds: unpacking ends at its bounds, whether the file beyond them is kept or not.
func TestBounds(t *testing.T) {
	few := bounds{files: 3, bytes: 16 << 10}
	described, large := packageOf("@clerk/ui", "1.2.3"), strings.Repeat("\x00", 20<<10)
	for name, one := range map[string]struct {
		entries []entry
		refused bool
	}{
		"within":      {[]entry{described, {name: "package/LICENSE", content: large[:8<<10]}, {name: "package/a.ts"}}, false},
		"many":        {[]entry{described, {name: "package/a.ts"}, {name: "package/b.ts"}, {name: "package/c.ts"}}, true},
		"large, kept": {[]entry{described, {name: "package/LICENSE", content: large}}, true},
		"large":       {[]entry{described, {name: "package/a.map", content: large}}, true},
	} {
		_, err := unpack(t.TempDir(), archiveOf(t, one.entries...), few)
		if refused := err != nil && strings.Contains(err.Error(), "unpacks to more than 3 files or 16384 bytes"); refused != one.refused {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestFetch reads packages from a registry.
func TestFetch(t *testing.T) {
	registry := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/npm/@clerk/ui/-/ui-1.2.3.tgz":
			_, _ = io.WriteString(w, "the archive")
		case "/npm/@clerk/ui/-/ui-2.0.0.tgz":
			_, _ = w.Write(make([]byte, maxArchive+1))
		default:
			http.NotFound(w, r)
		}
	}))
	defer registry.Close()
	for version, want := range map[string]string{"1.2.3": "", "2.0.0": "at most", "3.0.0": "404 Not Found"} {
		archive, err := Fetch(t.Context(), registry.URL+"/npm/", Package{"@clerk/ui", version})
		if want == "" && (err != nil || string(archive) != "the archive") || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%s: %d bytes, %v", version, len(archive), err)
		}
	}
}

// TestPins: the compiled-in packages are what Latest and the command name.
func TestPins(t *testing.T) {
	for _, p := range Pinned() {
		if again, ok := Parse(p.String()); !ok || again != p {
			t.Errorf("%s is no package with an exact version", p)
		}
	}
	for i, p := range Latest() {
		if p.Name != Names[i] {
			t.Errorf("the newest %s is %s", Names[i], p)
		}
	}
	for _, text := range []string{"", "@clerk/ui", "@clerk/ui@1", "@clerk/ui@1.2", "@clerk/ui@1.2.3/..", "@clerk/ui@01.2.3", "@clerk/backend@1.2.3", "@clerk/ui@1.2.3-../x", "ui@1.2.3"} {
		if _, ok := Parse(text); ok {
			t.Errorf("%q is read as a package", text)
		}
	}
}

// TestHoles: a file with holes, which take no place in the archive, counts with the size that it unpacks to.
func TestHoles(t *testing.T) {
	block := func(name string, kind byte, content string) []byte {
		b := make([]byte, 512, 1024)
		copy(b, name)
		copy(b[100:], "0000644\x000000000\x000000000\x00"+fmt.Sprintf("%011o\x00%011o\x00        ", len(content), 0))
		b[156] = kind
		copy(b[257:], "ustar\x0000")
		sum := 0
		for _, one := range b {
			sum += int(one)
		}
		copy(b[148:], fmt.Sprintf("%06o\x00 ", sum))
		return append(append(b, content...), make([]byte, (512-len(content)%512)%512)...)
	}
	record := func(key, value string) string {
		text := " " + key + "=" + value + "\n"
		return fmt.Sprint(len(text)+2) + text
	}
	const size = "1000000"
	var out bytes.Buffer
	zipped := gzip.NewWriter(&out)
	for _, part := range [][]byte{
		block("x", tar.TypeXHeader, record("GNU.sparse.major", "1")+record("GNU.sparse.minor", "0")+record("GNU.sparse.name", "package/LICENSE")+record("GNU.sparse.realsize", size)),
		block("package/LICENSE", tar.TypeReg, "1\n"+size+"\n0\n"+strings.Repeat("\x00", 512-12)), make([]byte, 1024),
	} {
		if _, err := zipped.Write(part); err != nil {
			t.Fatal(err)
		}
	}
	if err := zipped.Close(); err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	_, err := unpack(dir, out.Bytes(), bounds{files: 3, bytes: 16 << 10})
	if err == nil || !strings.Contains(err.Error(), "unpacks to more than") {
		t.Errorf("it is unpacked: %v", err)
	}
	if info, err := os.Stat(filepath.Join(dir, "LICENSE")); err == nil && info.Size() > 16<<10 {
		t.Errorf("%d bytes are written", info.Size())
	}
}
