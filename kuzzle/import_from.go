package main

import (
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"github.com/gokuzzle/kuzzle/kuzzle/config"
	"github.com/gokuzzle/kuzzle/kuzzle/importer"
)

// importFrom are the flags about a system that is read instead of a file.
type importFrom struct {
	From             string `enum:",kuzzle" default:"" placeholder:"kuzzle" help:"Read a Kuzzle 2 server's own indexes instead of a file, from the cluster that --elasticsearch names: users, digests, profiles, roles, API keys."`
	FromUsername     string `placeholder:"NAME" help:"Name to give to that cluster."`
	FromPasswordFile string `type:"existingfile" placeholder:"FILE" help:"File with that name's password."`
	FromAPIKeyFile   string `name:"from-api-key-file" type:"existingfile" placeholder:"FILE" help:"File with an API key to give to that cluster, instead of a name and password."`
	FromCAFile       string `name:"from-ca-file" type:"existingfile" placeholder:"FILE" help:"PEM file of the authority that signs that cluster's certificates, if the system does not know it."`
	FromIndex        string `default:"kuzzle" placeholder:"NAME" help:"Name of the server's internal index, if it has another one."`
}

// importSource is what an import reads.
type importSource struct {
	file   io.ReadCloser
	source *importer.Source
	// title is what messages call it, report the name of its report.
	title, report string
	size          int64
	// began is what a file was when it was opened, nil for what is none.
	began os.FileInfo
}

// name is what progress calls it.
func (s importSource) name() string {
	if s.file != nil {
		return filepath.Base(s.title)
	}
	return s.title
}

func (s importSource) close() {
	if s.file != nil {
		_ = s.file.Close() // it was only read
	}
}

// source opens what is imported. Where that is a cluster, --elasticsearch is its
// address and says nothing of where the users go to.
func (c *importUsers) source(at console) (s importSource, err error) {
	switch {
	case c.From != "" && c.File != "":
		return s, usageError("--from: it takes the place of a file; give one of them")
	case c.From != "" && c.Elasticsearch == "":
		return s, usageError("--from kuzzle: give the address of the Kuzzle server's Elasticsearch with --elasticsearch")
	case c.From != "":
		return c.cluster()
	case c.FromUsername+c.FromPasswordFile+c.FromAPIKeyFile+c.FromCAFile != "":
		return s, usageError("--from-…: these flags are about a source that --from names")
	case c.File == "":
		return s, usageError("give the file to import, - for standard input, or --from kuzzle")
	case c.File == "-":
		return importSource{file: io.NopCloser(at.in), title: c.File, report: "import"}, nil
	}
	file, err := os.Open(c.File)
	if err != nil {
		return s, err
	}
	info, err := file.Stat()
	if err == nil && info.IsDir() {
		err = fmt.Errorf("%s is a folder; give one file", c.File)
	}
	if err != nil {
		_ = file.Close() // it was only read
		return s, err
	}
	return importSource{file: file, title: c.File, report: plainName(c.File), size: info.Size(), began: info}, nil
}

// whole tells whether the file is as it was when it was opened: the end of one that
// is still written, or cut off, looks like any other.
func (s importSource) whole() error {
	if s.began == nil || !s.began.Mode().IsRegular() {
		return nil
	}
	now, err := s.file.(*os.File).Stat()
	if err == nil && (now.Size() != s.began.Size() || !now.ModTime().Equal(s.began.ModTime())) {
		err = errors.New("the file was changed while it was read; import it again when it is complete, which doubles nothing")
	}
	return err
}

func (c *importUsers) cluster() (s importSource, err error) {
	from := importer.Cluster{Username: c.FromUsername}
	for address := range strings.SplitSeq(c.Elasticsearch, ",") {
		from.Addresses = append(from.Addresses, strings.TrimSpace(address))
	}
	for _, secret := range []struct {
		file string
		into *string
	}{{c.FromPasswordFile, &from.Password}, {c.FromAPIKeyFile, &from.APIKey}} {
		if secret.file == "" {
			continue
		}
		file, err := os.Open(secret.file)
		if err != nil {
			return s, err
		}
		*secret.into, err = oneLine(file)
		_ = file.Close() // it was only read
		if err != nil {
			return s, err
		}
	}
	if c.FromCAFile != "" {
		if from.CA, err = os.ReadFile(c.FromCAFile); err != nil {
			return s, err
		}
	}
	return importSource{source: from.Kuzzle(c.FromIndex), title: "Kuzzle's indexes at " + shownAddress(from.Addresses[0]), report: "import-kuzzle"}, nil
}

// target are the flags that say where the users go to.
func (c *importUsers) target() config.Flags {
	flags := c.Flags
	if c.From != "" {
		flags.Elasticsearch = ""
	}
	return flags
}

// announce says which cluster is read and what is written to: that the flag that
// elsewhere names the store names the source here is not to be a surprise.
func (c *importUsers) announce(at console, s importSource) error {
	if c.From == "" {
		return nil
	}
	cfg, _, err := config.Load(c.target().Sources(os.Environ()))
	if err != nil {
		return err
	}
	into := filepath.Clean(cfg.Data)
	if addresses := cfg.Elasticsearch.Addresses; len(addresses) > 0 {
		into = fmt.Sprintf("Elasticsearch at %s (%s…)", shownAddress(addresses[0]), cfg.Elasticsearch.Prefix)
	}
	_, err = fmt.Fprintf(at.err, "from %s into %s\n", s.title, into)
	return err
}

// shownAddress is an address without the name and password that it may hold.
func shownAddress(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return "a broken address"
	}
	u.User = nil
	return u.String()
}
