package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	clerkhooks "github.com/gokuzzle/kuzzle/clerk/hooks"
	"github.com/gokuzzle/kuzzle/kuzzle/cli"
	"github.com/gokuzzle/kuzzle/kuzzle/config"
	"github.com/gokuzzle/kuzzle/kuzzle/importer"
	"github.com/gokuzzle/kuzzle/kuzzle/webhooks"
)

// commands is the whole command line.
type commands struct {
	Serve       serve       `cmd:"" help:"Run the server."`
	User        users       `cmd:"" help:"Create, read, list, ban, lock and delete users, and change what belongs to them."`
	Admin       admins      `cmd:"" help:"Create an administrator."`
	Import      importUsers `cmd:"" help:"Bring users from elsewhere, passwords included."`
	Export      exportUsers `cmd:"" help:"Write all users to a file."`
	Backup      backup      `cmd:"" help:"Copy the database to a file, while it is in use or not."`
	Restore     restore     `cmd:"" help:"Make a data directory from a backup."`
	Migrate     migrate     `cmd:"" help:"Copy everything from a data directory to Elasticsearch, or back."`
	Digest      digests     `cmd:"" help:"Identify a password digest, or check a password against it."`
	Keys        keys        `cmd:"" help:"Manage the keys that sign tokens."`
	Key         serviceKeys `cmd:"" help:"Manage the secret keys of an application's servers."`
	Clerk       clerk       `cmd:"" help:"Install the scripts that pages load from Clerk's Frontend API."`
	Settings    settings    `cmd:"" help:"Read and change what may be set while servers run."`
	Webhooks    hooks       `cmd:"" help:"Send events about users to other programs."`
	Config      effective   `cmd:"" help:"Print the effective configuration and where each value came from."`
	Healthcheck healthcheck `cmd:"" help:"Check whether the running server is ready."`
	Doctor      doctor      `cmd:"" help:"Find problems of the data, the configuration or the cluster, with their remedies."`
	Version     version     `cmd:"" help:"Print the version."`
}

// runner is a command that can be carried out.
type runner interface {
	Run(ctx context.Context, at console) error
}

// Exit statuses; kuzzle --help documents them.
const (
	done   = 0
	failed = 1
	misuse = 2
	partly = 3
)

const about = `A security backend that speaks Kuzzle's API: users, the ways they prove who they are, and what they may do.

Exit status: 0 done, 1 refused or failed, 2 the command line or the configuration is wrong, 3 an import left rows out.`

// console is the input and output of a command.
type console struct {
	in       *os.File
	out, err io.Writer
}

// notes is err for texts that users may have chosen.
func (at console) notes() io.Writer { return &legible{to: at.err} }

// run runs one command line and returns the exit status.
func run(ctx context.Context, args []string, at console) int {
	at.out = &legible{to: at.out}
	program := cli.Program{Name: "kuzzle", About: about, Version: func() string { return build().String() }, Texts: tagTexts}
	command, err := program.Parse(new(commands), args)
	var printed cli.Printed
	if errors.As(err, &printed) {
		if _, err = io.WriteString(at.out, string(printed)); err != nil {
			return at.complain(err, failed)
		}
		return done
	}
	if err != nil {
		return at.complain(fmt.Errorf("%w; kuzzle --help tells how", err), misuse)
	}
	at.warn()
	return at.judge(command.(runner).Run(ctx, at))
}

// tagTexts returns the texts that tags of commands refer to.
func tagTexts() map[string]string {
	texts := config.FlagTexts()
	texts["import_formats"] = strings.Join(importer.Formats(), ", ")
	texts["webhook_events"] = strings.Join(webhooks.Standard.Events, ", ")
	texts["clerk_events"] = strings.Join(clerkhooks.Format.Events, ", ")
	return texts
}

// warn names the variables of the environment that have no meaning here.
func (at console) warn() {
	for _, unknown := range config.Strangers(os.Environ()) {
		fmt.Fprintf(at.notes(), "kuzzle: warning: %s\n", unknown)
	}
}

// judge returns the exit status for a command's error.
func (at console) judge(err error) int {
	var problems config.Problems
	switch {
	case err == nil:
		return done
	case errors.As(err, &problems), errors.Is(err, errUsage):
		return at.complain(err, misuse)
	case errors.Is(err, errPartly):
		return at.complain(err, partly)
	}
	return at.complain(err, failed)
}

// errUsage is wrapped by errors that the command line caused.
var errUsage = errors.New("usage")

// usageError is an error of the command line.
type usageError string

func (e usageError) Error() string        { return string(e) }
func (e usageError) Is(target error) bool { return target == errUsage }

// complain prints an error, one line for each joined one.
func (at console) complain(err error, status int) int {
	for line := range strings.Lines(err.Error()) {
		fmt.Fprintf(at.notes(), "kuzzle: %s\n", strings.TrimSuffix(line, "\n"))
	}
	return status
}
