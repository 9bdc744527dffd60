package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/gokuzzle/kuzzle/clerk/scripts"
	"github.com/gokuzzle/kuzzle/kuzzle/config"
)

type clerk struct {
	Install  installScripts `cmd:"" help:"Install npm packages whose scripts pages load from this server."`
	Packages listScripts    `cmd:"" help:"List the installed packages."`
}

type installScripts struct {
	config.Flags
	Package   []string `arg:"" optional:"" help:"Package with its version, such as @clerk/ui@1.36.0, or a file of npm pack. By default the newest known versions of all packages."`
	Integrity string   `placeholder:"sha512-…" help:"Digest of one package, as in npm's lock files. Known versions need none."`
}

// Help is shown below the flags.
func (installScripts) Help() string {
	var known []string
	for _, p := range scripts.Pinned() {
		known = append(known, p.String())
	}
	return "It fetches packages from npm's registry, or from that in the variable npm_config_registry, and checks their digests. Known versions are " +
		strings.Join(known, ", ") + ". A server that runs serves them at once. Each server has its own packages, in the data directory; " +
		"to remove one, delete its folder there."
}

// Run installs them.
func (i *installScripts) Run(ctx context.Context, at console) error {
	if i.Integrity != "" && len(i.Package) != 1 {
		return usageError("--integrity: name the one package that it is the digest of")
	}
	cfg, _, err := config.Load(i.Sources(os.Environ()))
	if err != nil {
		return err
	}
	wanted := i.Package
	if len(wanted) == 0 {
		for _, p := range scripts.Latest() {
			wanted = append(wanted, p.String())
		}
	}
	for _, one := range wanted {
		archive, err := i.read(ctx, one)
		if err != nil {
			return err
		}
		p, fresh, err := scripts.Install(cfg.Data, archive, i.Integrity)
		if err != nil {
			return fmt.Errorf("%s: %w", one, err)
		}
		note := "is installed"
		if !fresh {
			note = "was installed already"
		}
		if _, err := fmt.Fprintf(at.out, "%s %s\n", p, note); err != nil {
			return err
		}
	}
	return nil
}

// read returns a package from a file or from the registry.
func (i *installScripts) read(ctx context.Context, one string) ([]byte, error) {
	if p, ok := scripts.Parse(one); ok {
		registry := cmp.Or(os.Getenv("npm_config_registry"), os.Getenv("NPM_CONFIG_REGISTRY"), scripts.Registry)
		return scripts.Fetch(ctx, registry, p)
	}
	archive, err := scripts.ReadFile(one)
	if errors.Is(err, os.ErrNotExist) {
		return nil, usageError(one + " is neither a file nor a package with an exact version, such as " + scripts.Latest()[0].String())
	}
	return archive, err
}

type listScripts struct {
	config.Flags
	JSON bool `name:"json" help:"Print JSON."`
}

// Run prints them.
func (l *listScripts) Run(_ context.Context, at console) error {
	cfg, _, err := config.Load(l.Sources(os.Environ()))
	if err != nil {
		return err
	}
	all, err := scripts.Installed(scripts.Dir(cfg.Data))
	if err != nil {
		return err
	}
	if l.JSON {
		return at.printJSON(map[string]any{"packages": append([]scripts.Package{}, all...)})
	}
	for _, p := range all {
		if _, err := io.WriteString(at.out, p.String()+"\n"); err != nil {
			return err
		}
	}
	if len(all) == 0 {
		_, err = io.WriteString(at.out, "none; kuzzle clerk install installs them\n")
	}
	return err
}
