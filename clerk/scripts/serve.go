package scripts

import (
	"errors"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/gokuzzle/kuzzle/kuzzle/network"
)

// below is the path of packages below the address of the Frontend API.
const below = "/npm"

// newest is the tag of the newest installed version.
const newest = "latest"

// Mounts serves the packages of a data directory at the server's address and below a path, if it is
// not "".
func Mounts(data, beside string) []network.Mount {
	at := installed(Dir(data))
	mount := network.Mount{
		Path: below, Files: at, Kept: scope, Absent: at.lead,
		// Pages of all origins load them, and they say nothing about anybody.
		Header: http.Header{"Access-Control-Allow-Origin": {"*"}, "Cross-Origin-Resource-Policy": {"cross-origin"}},
	}
	all := []network.Mount{mount}
	if beside != "" {
		mount.Path = beside + below
		all = append(all, mount)
	}
	return all
}

// installed is a folder of packages.
type installed string

// Open implements fs.FS. No link leads out of the folder.
func (dir installed) Open(name string) (fs.File, error) {
	if first, _, _ := strings.Cut(name, "/"); first != scope || !fs.ValidPath(name) {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
	}
	return os.OpenInRoot(string(dir), filepath.FromSlash(name))
}

// lead answers a request for no file: it leads from a major version, or a tag, to the newest version
// that it means, and says otherwise how a package is installed.
func (dir installed) lead(w http.ResponseWriter, _ *http.Request, name string) {
	parts := strings.Split(name, "/")
	if len(parts) > 2 {
		asked, tag, _ := strings.Cut(parts[1], "@")
		found, err := dir.newest(path.Join(parts[0], asked), tag)
		switch {
		case err != nil:
			http.Error(w, "The packages cannot be read.", http.StatusInternalServerError)
			return
		case found != nil:
			// The address is relative, because a proxy may have removed a path before it.
			up := strings.Repeat("../", len(parts)-2)
			w.Header()["Cache-Control"] = []string{"public, max-age=300"}
			to := url.URL{Path: up + path.Join(append([]string{path.Base(found.String())}, parts[2:]...)...)}
			w.Header()["Location"] = []string{to.String()}
			w.WriteHeader(http.StatusTemporaryRedirect)
			return
		}
	}
	w.Header()["Cache-Control"] = []string{"no-store"}
	http.Error(w, "There is no such file in the installed packages. kuzzle clerk packages lists them, kuzzle clerk install adds one.", http.StatusNotFound)
}

// newest returns the newest released version of a package that a tag or a major version means, nil if
// none is installed.
func (dir installed) newest(name, tag string) (*Package, error) {
	all, err := Installed(string(dir))
	var found *Package
	for i, p := range all {
		if p.Name == name && p.released() && (tag == newest || strings.HasPrefix(p.Version, tag+".") && !strings.Contains(tag, ".")) &&
			(found == nil || compare(p, *found) > 0) {
			found = &all[i]
		}
	}
	return found, err
}

// Installed returns the packages of a folder, sorted by their names and versions.
func Installed(dir string) ([]Package, error) {
	entries, err := os.ReadDir(filepath.Join(dir, scope))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	var all []Package
	for _, entry := range entries {
		if p, ok := Parse(scope + "/" + entry.Name()); ok && entry.IsDir() {
			all = append(all, p)
		}
	}
	slices.SortFunc(all, func(a, b Package) int {
		if by := strings.Compare(a.Name, b.Name); by != 0 {
			return by
		}
		return compare(a, b)
	})
	return all, err
}
