package dashboard

import (
	"bytes"
	"compress/gzip"
	"embed"
	"io/fs"
	"net/http"
	"path"
	"strings"
	"sync"

	"github.com/gokuzzle/kuzzle/kuzzle/network"
)

// kept is the folder of files whose names change with their content.
const kept = "assets"

//go:embed dist
var built embed.FS

// header returns the headers of every answer: a browser runs only these files,
// calls only this server and shows the pages in no frame.
func header() http.Header {
	return http.Header{
		"Content-Security-Policy": {"default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; connect-src 'self'; " +
			"base-uri 'none'; form-action 'self'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types svelte-trusted-html"},
		"Cross-Origin-Opener-Policy":   {"same-origin"},
		"Cross-Origin-Resource-Policy": {"same-origin"},
		"Permissions-Policy":           {"camera=(), geolocation=(), microphone=()"},
		"Referrer-Policy":              {"no-referrer"},
		"X-Frame-Options":              {"DENY"},
	}
}

// Mount returns the dashboard at its path, with a packed file beside each.
func Mount() network.Mount {
	files, err := fs.Sub(built, "dist")
	if err != nil {
		panic(err) // the embedded folder has this name
	}
	return network.Mount{
		Path: "/dashboard", Files: &packing{FS: files, packed: map[string][]byte{}}, Header: header(), Pages: true, Kept: kept,
	}
}

// packing compresses files when they are first requested.
type packing struct {
	fs.FS
	mu     sync.Mutex
	packed map[string][]byte
}

const packedEnd = ".gz"

// Open implements fs.FS.
func (p *packing) Open(name string) (fs.File, error) {
	plain, isPacked := strings.CutSuffix(name, packedEnd)
	if !isPacked {
		return p.FS.Open(name)
	}
	file, err := p.FS.Open(plain)
	if err != nil {
		return nil, err
	}
	content, err := p.pack(plain)
	if err != nil {
		_ = file.Close()
		return nil, err
	}
	return packedFile{file, bytes.NewReader(content)}, nil
}

func (p *packing) pack(name string) ([]byte, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if content, known := p.packed[name]; known {
		return content, nil
	}
	plain, err := fs.ReadFile(p.FS, name)
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	w, _ := gzip.NewWriterLevel(&out, gzip.BestCompression) // the level is valid
	if _, err := w.Write(plain); err != nil {
		return nil, err
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	p.packed[name] = out.Bytes()
	return out.Bytes(), nil
}

// packedFile is a file with compressed bytes.
type packedFile struct {
	fs.File
	content *bytes.Reader
}

// Read implements io.Reader.
func (f packedFile) Read(p []byte) (int, error) { return f.content.Read(p) }

// Seek implements io.Seeker.
func (f packedFile) Seek(offset int64, whence int) (int64, error) {
	return f.content.Seek(offset, whence)
}

// Stat describes the compressed bytes.
func (f packedFile) Stat() (fs.FileInfo, error) {
	info, err := f.File.Stat()
	return packedInfo{info, f.content.Size()}, err
}

type packedInfo struct {
	fs.FileInfo
	size int64
}

// Name returns the name with the end of packed files.
func (i packedInfo) Name() string { return path.Base(i.FileInfo.Name()) + packedEnd }

// Size returns the size of the compressed bytes.
func (i packedInfo) Size() int64 { return i.size }
