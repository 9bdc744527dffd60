package scripts

import (
	"bytes"
	"context"
	"crypto/sha512"
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"os"
	"path"
	"strings"
	"time"
)

const (
	// Registry is npm's public registry.
	Registry = "https://registry.npmjs.org/"
	// maxArchive is how many bytes a package may have.
	maxArchive = 32 << 20
	// patience is how long fetching one may take.
	patience = 5 * time.Minute
)

// Fetch reads a package from a registry.
func Fetch(ctx context.Context, registry string, p Package) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	address := strings.TrimSuffix(registry, "/") + "/" + p.Name + "/-/" + path.Base(p.Name) + "-" + p.Version + ".tgz"
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, fmt.Errorf("npm_config_registry: %w", err)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil, fmt.Errorf("%s cannot be fetched: %w", p, err)
	}
	defer func() { _ = res.Body.Close() }()
	if res.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%s cannot be fetched: %s answers %s", p, req.URL.Redacted(), res.Status)
	}
	return bounded(res.Body)
}

// ReadFile reads a package from a file.
func ReadFile(name string) ([]byte, error) {
	file, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer func() { _ = file.Close() }()
	return bounded(file)
}

func bounded(from io.Reader) ([]byte, error) {
	var archive bytes.Buffer
	if _, err := archive.ReadFrom(io.LimitReader(from, maxArchive+1)); err != nil {
		return nil, err
	}
	if archive.Len() > maxArchive {
		return nil, fmt.Errorf("a package may have at most %d bytes", maxArchive)
	}
	return archive.Bytes(), nil
}

// Integrity returns the digest of a package in the form of npm's lock files.
func Integrity(archive []byte) string {
	sum := sha512.Sum512(archive)
	return "sha512-" + base64.StdEncoding.EncodeToString(sum[:])
}
