package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/gokuzzle/kuzzle/kuzzle/config"
	"github.com/gokuzzle/kuzzle/kuzzle/importer"
)

// importFrom are the flags about a system that is read instead of a file.
type importFrom struct {
	From             string `enum:",kuzzle" default:"" placeholder:"kuzzle" help:"Read a Kuzzle 2 server's own indexes instead of a file, from the cluster that --elasticsearch names: users, digests, profiles, roles, API keys."`
	FromUsername     string `placeholder:"NAME" help:"User name for that cluster."`
	FromPasswordFile string `type:"existingfile" placeholder:"FILE" help:"File with that user's password."`
	FromAPIKeyFile   string `name:"from-api-key-file" type:"existingfile" placeholder:"FILE" help:"File with an API key for that cluster, instead of a user name and password."`
	FromCAFile       string `name:"from-ca-file" type:"existingfile" placeholder:"FILE" help:"PEM file of the authority that signs that cluster's certificates, if the system does not know it."`
	FromIndex        string `default:"kuzzle" placeholder:"NAME" help:"Name of the server's internal index, if it has another one."`
}

// importSource is the source of an import.
type importSource struct {
	file   io.ReadCloser
	source *importer.Source
	// all are the files: one, or those that source joins.
	all []openFile
	// title is its name in messages, report the name of its report.
	title, report string
	size          int64
}

// openFile is an open file, with its state when it was opened, nil for other sources.
type openFile struct {
	io.ReadCloser
	began os.FileInfo
}

// name returns its name in progress lines.
func (s importSource) name() string {
	if s.file != nil {
		return filepath.Base(s.title)
	}
	return s.title
}

func (s importSource) close() {
	for _, file := range s.all {
		_ = file.Close() // it was only read
	}
}

// source opens the source. If it is a cluster, --elasticsearch is its address and does
// not name the destination.
func (c *importUsers) source(ctx context.Context, at console) (s importSource, err error) {
	switch {
	case c.From != "" && len(c.Files) > 0:
		return s, usageError("--from: it replaces the file; give only one of them")
	case c.From != "" && c.Elasticsearch == "":
		return s, usageError("--from kuzzle: give the address of the Kuzzle server's Elasticsearch with --elasticsearch")
	case c.From != "":
		return c.cluster()
	case c.FromUsername+c.FromPasswordFile+c.FromAPIKeyFile+c.FromCAFile != "":
		return s, usageError("--from-…: these flags need a source in --from")
	case len(c.Files) == 0:
		return s, usageError("give the file to import, - for standard input, or --from kuzzle")
	}
	s.title, s.report = c.Files[0], plainName(c.Files[0])
	if c.Files[0] == "-" {
		s.report = "import"
	}
	for i, name := range c.Files {
		if slices.Contains(c.Files[:i], name) {
			err = usageError(name + " is given twice")
		}
		var file openFile
		if err == nil {
			file, err = openImported(name, at)
		}
		if err != nil {
			s.close()
			return s, err
		}
		s.all = append(s.all, file)
		if file.began != nil {
			s.size += file.began.Size()
		}
	}
	if len(s.all) == 1 {
		s.file = s.all[0]
		return s, nil
	}
	s.title = fmt.Sprintf("%s and %d more", c.Files[0], len(c.Files)-1)
	var files []importer.File
	for i, file := range s.all {
		files = append(files, importer.File{Name: c.Files[i], From: file.ReadCloser})
	}
	if s.source, err = importer.JoinClerk(ctx, files, c.options(), 0); err != nil {
		s.close()
	}
	return s, asUsage(err)
}

// openImported opens a file, or standard input for -.
func openImported(name string, at console) (openFile, error) {
	if name == "-" {
		return openFile{ReadCloser: io.NopCloser(at.in)}, nil
	}
	file, err := os.Open(name)
	if err != nil {
		return openFile{}, err
	}
	info, err := file.Stat()
	if err == nil && info.IsDir() {
		err = fmt.Errorf("%s is a folder; give one file", name)
	}
	if err != nil {
		_ = file.Close() // it was only read
		return openFile{}, err
	}
	return openFile{file, info}, nil
}

// whole returns an error if the files changed since they were opened: the end of an
// incomplete file looks like any other.
func (s importSource) whole() error {
	for _, one := range s.all {
		if one.began == nil || !one.began.Mode().IsRegular() {
			continue
		}
		now, err := one.ReadCloser.(*os.File).Stat()
		if err == nil && (now.Size() != one.began.Size() || !now.ModTime().Equal(one.began.ModTime())) {
			err = errors.New("the file changed while it was read; import it again when it is complete; users are not doubled")
		}
		if err != nil {
			return err
		}
	}
	return nil
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

// target returns the flags that name the destination.
func (c *importUsers) target() config.Flags {
	flags := c.Flags
	if c.From != "" {
		flags.Elasticsearch = ""
	}
	return flags
}

// announce prints the source cluster and the destination, because the flag that names
// the store elsewhere names the source here.
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

// shownAddress returns an address without a name and password.
func shownAddress(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return "an invalid address"
	}
	u.User = nil
	return u.String()
}
