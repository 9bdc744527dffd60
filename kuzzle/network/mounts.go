package network

import (
	"errors"
	"io"
	"io/fs"
	"mime"
	"net/http"
	"net/url"
	"path"
	"strings"
	"syscall"
)

// Mount is a folder of files that is served at a path, such as the pages of an
// application. A request for a file is answered before its arguments are read, with the
// mount's own headers and none of the API's.
type Mount struct {
	// Path is the path of the files, such as "/app". Routes of the API below it are
	// unreachable.
	Path string
	// Files are the files. They must implement io.Seeker, as those of packages os and
	// embed do. A folder is answered by its index.html. A file whose name ends in ".gz"
	// is sent to clients that accept gzip when they request the name without that
	// suffix.
	Files fs.FS
	// Header is added to every answer of the mount.
	Header http.Header
	// Pages answers every path without a file, except those in Kept, with the mount's
	// index.html, whose code shows the page of that path.
	Pages bool
	// Kept is a folder whose files never change under their names, such as "assets".
	// Browsers keep its files for a year and revalidate all others every time. "" means
	// that Header decides about caching.
	Kept string
	// Absent answers requests for names without a file; nil answers 404.
	Absent func(w http.ResponseWriter, r *http.Request, name string)
}

// cleaned returns the mounts with clean paths.
func cleaned(mounts []Mount) []Mount {
	own := make([]Mount, len(mounts))
	for i, m := range mounts {
		m.Path = path.Clean("/" + m.Path)
		own[i] = m
	}
	return own
}

// mounted answers a request for a file, and reports whether it was one.
func (x *exchange) mounted() bool {
	if len(x.server.mounts) == 0 {
		return false
	}
	asked := x.r.URL.Path
	if !strings.HasPrefix(asked, "/") {
		asked = "/" + asked
	}
	asked = path.Clean(asked)
	for i := range x.server.mounts {
		m := &x.server.mounts[i]
		if asked != m.Path && !strings.HasPrefix(asked, strings.TrimSuffix(m.Path, "/")+"/") {
			continue
		}
		// A client that reads a file slowly must not keep others out.
		if x.from.enter() {
			x.from.exit()
			m.serve(x.w, x.r, asked)
		}
		return true
	}
	return false
}

// serve answers a request for the file at a cleaned path below the mount's.
func (m *Mount) serve(w http.ResponseWriter, r *http.Request, asked string) {
	h := w.Header()
	h["X-Content-Type-Options"] = headerNoSniff
	for name, values := range m.Header {
		h[http.CanonicalHeaderKey(name)] = values
	}
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		h["Allow"] = []string{"GET, HEAD"}
		http.Error(w, "Files are read by GET and HEAD.", http.StatusMethodNotAllowed)
		return
	}
	asked = strings.Trim(strings.TrimPrefix(asked, m.Path), "/")
	file, name, err := m.open(asked)
	folder := path.Base(name) == indexFile && path.Base(asked) != indexFile
	if missing(err) && m.Pages && !m.keeps(asked) {
		file, name, err = m.open(indexFile)
		folder = false
	}
	switch {
	case missing(err) && m.Absent != nil:
		m.Absent(w, r, asked)
		return
	case missing(err):
		http.Error(w, "There is no such file.", http.StatusNotFound)
		return
	case err != nil:
		http.Error(w, "The file cannot be read.", http.StatusInternalServerError)
		return
	}
	defer func() { _ = file.Close() }()
	if folder && !strings.HasSuffix(r.URL.Path, "/") {
		// Links in a folder's page are relative to the folder.
		to := url.URL{Path: path.Join(m.Path, asked) + "/"}
		http.Redirect(w, r, to.String(), http.StatusMovedPermanently)
		return
	}
	m.send(w, r, name, file)
}

// send answers the file of a name. It sends the packed file if there is one and the
// client accepts it.
func (m *Mount) send(w http.ResponseWriter, r *http.Request, name string, file fs.File) {
	info, err := file.Stat()
	content, seeks := file.(io.ReadSeeker)
	if err != nil || !seeks {
		http.Error(w, "The file cannot be read.", http.StatusInternalServerError)
		return
	}
	h := w.Header()
	switch {
	case m.keeps(name):
		h["Cache-Control"] = headerKept
	case m.Kept != "":
		h["Cache-Control"] = headerAsked
	}
	if packed, err := m.Files.Open(name + ".gz"); err == nil {
		defer func() { _ = packed.Close() }()
		h["Vary"] = headerVary
		smaller, seeks := packed.(io.ReadSeeker)
		if seeks && preferred(r.Header["Accept-Encoding"]) == "gzip" && r.Header["Range"] == nil {
			// The type cannot be detected from packed bytes.
			h["Content-Type"] = []string{mime.TypeByExtension(path.Ext(name))}
			h["Content-Encoding"] = headerGzip
			content = smaller
		}
	}
	http.ServeContent(w, r, name, info.ModTime(), content)
}

var (
	headerAsked = []string{"no-cache"}
	headerKept  = []string{"public, max-age=31536000, immutable"}
	headerVary  = []string{"Accept-Encoding"}
	headerGzip  = []string{"gzip"}
)

// keeps reports whether browsers keep the file of a name.
func (m *Mount) keeps(name string) bool {
	return m.Kept != "" && strings.HasPrefix(name, m.Kept+"/")
}

// missing reports whether an error means that the file does not exist.
func missing(err error) bool {
	return errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrPermission) || errors.Is(err, fs.ErrInvalid) ||
		errors.Is(err, syscall.ENOTDIR) || errors.Is(err, syscall.ENAMETOOLONG)
}

// indexFile is the file that is shown for a folder.
const indexFile = "index.html"

// open opens a file, or the page of a folder, and returns the name of the opened file.
func (m *Mount) open(name string) (fs.File, string, error) {
	name = path.Join(".", name)
	file, err := m.Files.Open(name)
	if err != nil {
		return nil, name, err
	}
	info, err := file.Stat()
	if err == nil && !info.IsDir() {
		return file, name, nil
	}
	if err = errors.Join(err, file.Close()); err != nil {
		return nil, name, err
	}
	name = path.Join(name, indexFile)
	file, err = m.Files.Open(name)
	return file, name, err
}
