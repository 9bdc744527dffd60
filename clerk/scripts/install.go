package scripts

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/gokuzzle/kuzzle/kuzzle/platform"
)

// bounds are what an archive may unpack to, its unused files included.
type bounds struct{ files, bytes int64 }

// most is three times what the largest known package has.
var most = bounds{files: 10_000, bytes: 64 << 20}

// Names in an archive and in an installed package.
const (
	inArchive   = "package/"
	description = "package.json"
	licence     = "LICENSE"
	built       = "dist/"
	packedEnd   = ".gz"
)

// loaded are the ends of the names of files that pages load. Packages also have types and maps.
var loaded = []string{".js", ".mjs", ".css"}

var errOther = errors.New("the package is none of " + strings.Join(Names, " and "))

// Install unpacks an archive of npm into a data directory. Its digest must be that of a pinned package
// or the given integrity. fresh is false if the package was there.
func Install(data string, archive []byte, integrity string) (p Package, fresh bool, err error) {
	sum := Integrity(archive)
	if sum != integrity && !slices.ContainsFunc(pins, func(one pin) bool { return one.integrity == sum }) {
		return p, false, fmt.Errorf("its digest is %s, which is neither that of a known version nor given by --integrity", sum)
	}
	dir := Dir(data)
	if err = platform.MakePrivate(data); err != nil {
		return p, false, err
	}
	if err = os.MkdirAll(filepath.Join(dir, scope), 0o755); err != nil {
		return p, false, err
	}
	// Names that begin with a dot are not served.
	unfinished, err := os.MkdirTemp(dir, ".unfinished-")
	if err != nil {
		return p, false, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(unfinished)) }()
	if err = os.Chmod(unfinished, 0o755); err != nil {
		return p, false, err
	}
	if p, err = unpack(unfinished, archive, most); err != nil {
		return p, false, err
	}
	finished := filepath.Join(dir, filepath.FromSlash(p.String()))
	if err = os.Rename(unfinished, finished); err == nil {
		return p, true, nil
	}
	// Systems say differently that the name is taken.
	if _, missing := os.Stat(finished); missing == nil {
		err = nil
	}
	return p, false, err
}

// Dir returns the folder of packages in a data directory.
func Dir(data string) string { return filepath.Join(data, "npm") }

// unpack writes the files that are served, and returns the package that the archive says it is.
func unpack(dir string, archive []byte, most bounds) (p Package, err error) {
	unzipped, err := gzip.NewReader(bytes.NewReader(archive))
	if err != nil {
		return p, err
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return p, err
	}
	defer func() { err = errors.Join(err, root.Close()) }()
	// One byte more than is allowed tells a package at the bound from one beyond it.
	limited := &io.LimitedReader{R: unzipped, N: most.bytes + 1}
	files := tar.NewReader(limited)
	tooLarge := fmt.Errorf("the package unpacks to more than %d files or %d bytes", most.files, most.bytes)
	left := most.bytes
	for count := int64(0); ; count++ {
		header, err := files.Next()
		switch {
		case limited.N <= 0 || count > most.files:
			return p, tooLarge
		case errors.Is(err, io.EOF):
			return p, described(p)
		case err != nil:
			return p, err
		}
		// Holes in files are not in the archive, but would be written.
		if left -= header.Size; left < 0 {
			return p, tooLarge
		}
		name, inside := strings.CutPrefix(path.Clean(header.Name), inArchive)
		if header.Typeflag != tar.TypeReg || !inside {
			continue
		}
		switch {
		case name == description:
			err = json.NewDecoder(files).Decode(&p)
		case name == licence || strings.HasPrefix(name, built) && slices.Contains(loaded, path.Ext(name)):
			err = write(root, name, files)
		}
		if limited.N <= 0 {
			return p, tooLarge
		}
		if err != nil {
			return p, fmt.Errorf("%s: %w", name, err)
		}
	}
}

// described checks the package that an archive says it is.
func described(p Package) error {
	if _, ok := Parse(p.String()); !ok {
		return errOther
	}
	return nil
}

// write writes a file and, for files that pages load, a packed one beside it.
func write(root *os.Root, name string, from io.Reader) (err error) {
	if err = root.MkdirAll(filepath.FromSlash(path.Dir(name)), 0o755); err != nil {
		return err
	}
	const once = os.O_WRONLY | os.O_CREATE | os.O_EXCL
	plain, err := root.OpenFile(filepath.FromSlash(name), once, 0o644)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, plain.Close()) }()
	if name == licence {
		_, err = io.Copy(plain, from)
		return err
	}
	packed, err := root.OpenFile(filepath.FromSlash(name+packedEnd), once, 0o644)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, packed.Close()) }()
	zipped, _ := gzip.NewWriterLevel(packed, gzip.BestCompression) // the level is valid
	_, err = io.Copy(io.MultiWriter(plain, zipped), from)
	return errors.Join(err, zipped.Close())
}
