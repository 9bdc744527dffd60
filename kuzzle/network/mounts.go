package network

import (
	"errors"
	"io"
	"io/fs"
	"net/http"
	"net/url"
	"path"
	"strings"
	"syscall"
)

// Mount is a folder of files that lies at a path of the server, such as the pages
// of an application. A request for a file is answered before its arguments are
// read, with the mount's own headers and none of the API's.
type Mount struct {
	// Path is where the files lie, such as "/app". What the API has below it is out
	// of reach.
	Path string
	// Files are the files, which have to be able to seek, as those of packages os
	// and embed are. Of a folder its index.html is shown.
	Files fs.FS
	// Header is what every answer of the mount carries.
	Header http.Header
}

// cleaned are mounts whose paths have one spelling.
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
	asked := path.Clean("/" + x.r.URL.Path)
	for i := range x.server.mounts {
		m := &x.server.mounts[i]
		if asked != m.Path && !strings.HasPrefix(asked, strings.TrimSuffix(m.Path, "/")+"/") {
			continue
		}
		// A client that takes its time with a file keeps nobody else out.
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
	name := strings.Trim(strings.TrimPrefix(asked, m.Path), "/")
	file, folder, err := m.open(name)
	switch {
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, fs.ErrPermission), errors.Is(err, fs.ErrInvalid),
		errors.Is(err, syscall.ENOTDIR), errors.Is(err, syscall.ENAMETOOLONG):
		http.Error(w, "There is no such file.", http.StatusNotFound)
		return
	case err != nil:
		http.Error(w, "The file cannot be read.", http.StatusInternalServerError)
		return
	}
	defer func() { _ = file.Close() }()
	content, seeks := file.(io.ReadSeeker)
	info, err := file.Stat()
	switch {
	case folder && !strings.HasSuffix(r.URL.Path, "/"):
		// Links in a folder's page are relative to the folder.
		to := url.URL{Path: strings.TrimSuffix(asked, "/") + "/"}
		http.Redirect(w, r, to.String(), http.StatusMovedPermanently)
	case err != nil || !seeks:
		http.Error(w, "The file cannot be read.", http.StatusInternalServerError)
	default:
		http.ServeContent(w, r, info.Name(), info.ModTime(), content)
	}
}

// open opens a file, or the page of a folder.
func (m *Mount) open(name string) (file fs.File, folder bool, err error) {
	file, err = m.Files.Open(path.Join(".", name))
	if err != nil {
		return nil, false, err
	}
	info, err := file.Stat()
	if err == nil && !info.IsDir() {
		return file, false, nil
	}
	if err = errors.Join(err, file.Close()); err != nil {
		return nil, false, err
	}
	file, err = m.Files.Open(path.Join(name, "index.html"))
	return file, true, err
}
