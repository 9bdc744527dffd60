package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strings"

	"github.com/gokuzzle/kuzzle/kuzzle/accounts/imports"
	"github.com/gokuzzle/kuzzle/kuzzle/backend"
	"github.com/gokuzzle/kuzzle/kuzzle/config"
	"github.com/gokuzzle/kuzzle/kuzzle/exporter"
	"github.com/gokuzzle/kuzzle/kuzzle/importer"
	"github.com/gokuzzle/kuzzle/kuzzle/importer/exports"
	"github.com/gokuzzle/kuzzle/kuzzle/platform"
)

type importUsers struct {
	config.Flags
	Files []string `arg:"" optional:"" name:"file" help:"File to import, or - for standard input; gzip and zstd are unpacked. Several files of Clerk's are joined: the Dashboard's table and pages of the API's lists of users, organizations, memberships and invitations, in any order."`

	Format     string            `placeholder:"NAME" help:"Format of the file, detected from its content by default: ${import_formats}."`
	Source     string            `placeholder:"NAME" help:"Name of the system that the users come from; their ids there become external accounts under this name. The default is the format's name."`
	Map        map[string]string `placeholder:"COLUMN=FIELD" mapsep:"none" help:"Meaning of a column, such as --map login=username or --map plan=content.plan. May be repeated."`
	IDAs       string            `name:"id-as" default:"" enum:",external,kept,kuid" placeholder:"external|kept|kuid" help:"Use of the ids in the file. external: they become external accounts (source:id). kept: an id becomes the kuid where it is free, and the external id otherwise; this is the default for Clerk's users. kuid: an id always becomes the kuid."`
	Key        string            `default:"id" enum:"id,kuid,username,email,phone" placeholder:"id|kuid|username|email|phone" help:"Key that identifies an existing user; the default is id."`
	OnConflict string            `default:"fail" enum:"fail,skip,merge" placeholder:"fail|skip|merge" help:"Outcome for a row whose user exists and differs. fail, the default: the row fails and the report names it. skip: the user stays unchanged. merge: the row changes the user."`
	MergeCreds bool              `name:"merge-credentials" help:"Let --on-conflict merge replace credentials too; the users' sessions end."`
	Profile    []string          `default:"default" sep:"none" placeholder:"PROFILE" help:"Profile of users who get none otherwise. May be repeated."`
	ProfileMap map[string]string `placeholder:"ROLE=PROFILE" mapsep:"none" help:"Profile that a role or group of the source becomes. May be repeated."`
	Hasher     string            `placeholder:"NAME" help:"Format of the digests, if the file does not name it."`
	described
	PlainPass bool              `name:"plain-passwords" help:"Take the values of a column or key called password for passwords, even if they look like digests."`
	Keep      map[string]string `placeholder:"unknown=KIND" mapsep:"none" help:"Metadata that keeps columns and keys without a meaning here: --keep unknown=private, public or unsafe; unknown=drop leaves them out without a question. By default they are left out, and an import on a terminal lists them and asks first."`
	Yes       bool              `help:"Go on without a question about columns and keys that will be left out."`
	Strict    bool              `help:"Leave out a row with an unreadable field, or with an address of another user. By default such a user comes without the field."`
	Wrap      string            `placeholder:"now|weak|off" help:"When to wrap weak digests in argon2id: now, while the import waits; weak, later and while no login waits; off, never. The default is the server's setting (weak). They are encrypted in any case."`
	Disabled  bool              `name:"include-disabled" help:"Also import users who are disabled, blocked or banned; they are banned here until kuzzle user unban."`

	AskOldSystem bool `help:"Verify the first password of each user without one at the old system; the server needs strategies.legacy-http."`

	CognitoPool       string `placeholder:"ID" help:"User pool that verifies the first password of each user of a Cognito export."`
	CognitoClient     string `placeholder:"ID" help:"App client for that; it needs USER_PASSWORD_AUTH and no secret."`
	FirebaseSignerKey string `placeholder:"BASE64" help:"base64_signer_key of the project's password hash parameters."`
	FirebaseSeparator string `name:"firebase-salt-separator" default:"Bw==" placeholder:"BASE64" help:"base64_salt_separator of them."`
	FirebaseRounds    int    `default:"8" help:"rounds of them."`
	FirebaseMemCost   int    `default:"14" help:"mem_cost of them."`

	importFrom

	ListFormats bool `help:"Print whose exports are recognised, in which forms, what comes of them, and what does not."`

	DryRun bool   `help:"Check every row and write nothing."`
	Resume bool   `help:"Continue an interrupted import of the same file."`
	Report string `placeholder:"FILE" help:"File for the rows that were not imported. The default is import-NAME.report.ndjson in the present folder, where NAME is the imported file without its endings, and import.report.ndjson for standard input."`
}

// Help is shown below the flags.
func (importUsers) Help() string {
	return "Importing the same rows again changes nothing, so an import can be repeated. " +
		"The report has one line of JSON for every row that was not imported: row, field and reason. " +
		"A merge keeps data that the file does not mention and removes data that is null in it; an empty cell of a table, or a missing column, mentions nothing. " +
		"A user whose password or digest is empty or missing is created without one, like users who only logged in through a provider; the end of the output has their number. " +
		"With --from kuzzle, --elasticsearch is the source cluster, and the configuration, the environment or --set elasticsearch.addresses=URL name the destination. " +
		"Exit status 3: some rows were not imported, or lack a field; 1: the import ended early, --resume continues it."
}

// errPartly is wrapped by imports that left rows out.
var errPartly = errors.New("some rows were not imported")

func (c *importUsers) options() importer.Options {
	return importer.Options{
		Format: c.Format, Source: c.Source, Map: c.Map, IDAs: c.IDAs, Key: c.Key,
		OnConflict: imports.Conflict(c.OnConflict), MergeCredentials: c.MergeCreds, DryRun: c.DryRun,
		Profiles: c.Profile, ProfileMap: c.ProfileMap, IncludeDisabled: c.Disabled, Hasher: c.Hasher, Digest: c.Recipe, Pepper: c.secret, PlainPasswords: c.PlainPass, Strict: c.Strict, Keep: c.Keep["unknown"], Wrap: c.Wrap, AskOldSystem: c.AskOldSystem,
		Cognito: importer.Cognito{Pool: c.CognitoPool, Client: c.CognitoClient},
		Firebase: importer.Firebase{
			SignerKey: c.FirebaseSignerKey, SaltSeparator: c.FirebaseSeparator, Rounds: c.FirebaseRounds, MemoryCost: c.FirebaseMemCost,
		},
	}
}

// importGC and importMemory are the program's GOGC and GOMEMLIMIT during an import.
// The memory of a row is garbage once it is written, and collecting less often
// saves a sixth of the time. The limit keeps the memory at the need of a few
// batches, for any number of them.
const (
	importGC     = 600
	importMemory = 192 << 20
	// dryRunMemory is the additional memory of a dry run.
	dryRunMemory = 128 << 20
)

// Run imports one file.
func (c *importUsers) Run(ctx context.Context, at console) error {
	if c.ListFormats {
		return exports.Print(at.out)
	}
	if os.Getenv("GOGC")+os.Getenv("GOMEMLIMIT") == "" {
		defer debug.SetGCPercent(debug.SetGCPercent(importGC))
		limit := int64(importMemory)
		if c.DryRun {
			limit += dryRunMemory
		}
		defer debug.SetMemoryLimit(debug.SetMemoryLimit(limit))
	}
	var err error
	if c.secret, err = c.pepper(); err != nil {
		return err
	}
	from, err := c.source(ctx, at)
	if err != nil {
		return err
	}
	defer from.close()
	if err := c.announce(at, from); err != nil {
		return err
	}
	if c.Report == "" {
		c.Report = from.report + ".report.ndjson"
	}
	server, err := reach(ctx, c.target(), creating)
	if err != nil {
		return err
	}
	defer server.close()
	run := importer.Run{From: from.file, Source: from.source, Options: c.options(), Sink: sink(server), Checkpoint: c.Report + ".checkpoint"}
	keep := int64(0)
	if len(from.all) > 1 {
		fmt.Fprintf(at.notes(), "joining %d files\n", len(from.all))
	}
	if c.Resume {
		if run.Resume, err = importer.LoadCheckpoint(run.Checkpoint); err != nil {
			return err
		}
		if run.Resume != nil {
			keep = run.Resume.Report
		}
	}
	if run.Report, err = importer.OpenReport(c.Report, keep); err != nil {
		return asUsage(fmt.Errorf("the report: %w", err))
	}
	meter := newMeter(at, from.name(), from.size)
	run.Progress, run.Confirm = meter.tell, c.confirm(at)
	progress, err := run.Do(ctx)
	if err == nil {
		err = from.whole()
	}
	err = errors.Join(err, run.Report.Close())
	return c.conclude(at, meter, from.title, progress, err)
}

func (c *importUsers) conclude(at console, meter *meter, title string, p importer.Progress, err error) error {
	meter.end()
	for _, remark := range p.Remarks {
		fmt.Fprintln(at.notes(), remark)
	}
	verb := "imported"
	if c.DryRun {
		verb = "would import"
	}
	if err == nil || p.Rows > 0 {
		fmt.Fprintf(at.out, "%s %s (%s): %d created, %d merged, %d unchanged, %d skipped, %d failed of %d rows\n",
			verb, title, p.Format, p.Created, p.Merged, p.Unchanged, p.Skipped, p.Failed, p.Rows)
	}
	if len(p.Changed) > 0 {
		verb = "changed"
		if c.DryRun {
			verb = "would change"
		}
		fmt.Fprintf(at.out, "fields that the merge %s: %s; of each user: %s\n", verb, tallied(p.Changed), c.Report)
	}
	if p.WithPassword > 0 {
		fmt.Fprintf(at.out, "created with a password: %d\n", p.WithPassword)
	}
	if p.NoPassword > 0 {
		fmt.Fprintf(at.out, "created without a password, because the source has none: %d\n", p.NoPassword)
	}
	if p.FactorsLeft > 0 {
		fmt.Fprintf(at.out, "imported without their second factor, which no strategy supports: %d; ask them to enrol again\n", p.FactorsLeft)
	}
	for _, name := range slices.Sorted(maps.Keys(p.Left)) {
		fmt.Fprintf(at.out, "imported without their %s: %d\n", name, p.Left[name])
	}
	if p.AddressesLeft > 0 {
		fmt.Fprintf(at.out, "with an address that cannot be a contact here, such as a phone number without its country: %d\n", p.AddressesLeft)
	}
	if len(p.Digests) > 0 {
		fmt.Fprintf(at.out, "password digests: %s\n", tallied(p.Digests))
	}
	if len(p.Guessed) > 0 {
		fmt.Fprintf(at.out, "formats recognised by shape alone; try a login: %s\n", tallied(p.Guessed))
	}
	if len(p.Factors) > 0 {
		fmt.Fprintf(at.out, "second factors: %s\n", tallied(p.Factors))
	}
	if len(p.States) > 0 {
		fmt.Fprintf(at.out, "states at the source that stay: %s\n", tallied(p.States))
	}
	if len(p.Unknown) > 0 {
		kind, remedy := "keys", "--keep unknown=private keeps them"
		if len(p.Unused) > 0 {
			kind, remedy = "columns", "--map COLUMN=content.NAME keeps one, "+remedy
		}
		fmt.Fprintf(at.out, "%s left out: %s; %s; examples: %s\n", kind, tallied(p.Unknown), remedy, c.Report)
	}
	if p.FieldsLeft > 0 {
		fmt.Fprintf(at.out, "fields that were not imported: %s; their reasons: %s\n", tallied(p.Fields), c.Report)
	}
	if p.Skipped+p.Failed > 0 {
		fmt.Fprintf(at.out, "rows that were not imported: %s; their reasons: %s\n", tallied(p.Refused), c.Report)
	}
	if info, statErr := os.Stat(c.Report); statErr == nil && info.Size() == 0 {
		_ = os.Remove(c.Report) // an empty report says nothing
	}
	switch {
	case err != nil:
		return asUsage(fmt.Errorf("%s: %w", title, err))
	case p.Failed > 0:
		return fmt.Errorf("%w: %d failed", errPartly, p.Failed)
	case p.FieldsLeft > 0:
		return fmt.Errorf("%w as they are: %d fields left out", errPartly, p.FieldsLeft)
	}
	return nil
}

// asUsage adds the flag to an error about one.
func asUsage(err error) error {
	var option *importer.OptionError
	if errors.As(err, &option) {
		return usageError("--" + option.Error())
	}
	return err
}

// tallied returns names with their counts.
func tallied(counts map[string]int64) string {
	var parts []string
	for _, name := range slices.Sorted(maps.Keys(counts)) {
		parts = append(parts, fmt.Sprintf("%s %d", name, counts[name]))
	}
	return some(parts)
}

// some names what a line has room for.
func some(names []string) string {
	const room = 20
	if left := len(names) - room; left > 0 {
		return fmt.Sprintf("%s and %d more", strings.Join(names[:room], ", "), left)
	}
	return strings.Join(names, ", ")
}

// plainName returns a file's name without its endings.
func plainName(file string) string {
	name := filepath.Base(file)
	for _, ext := range []string{".gz", ".zst"} {
		name = strings.TrimSuffix(name, ext)
	}
	return "import-" + strings.TrimSuffix(name, filepath.Ext(name))
}

// batchLimit keeps messages to the server's socket below its limit.
const batchLimit = 8 << 20

// sink writes batches into a backend that the command opened itself.
func sink(server operator) importer.Sink {
	if own, ok := server.(opened); ok {
		return own.app.Imports()
	}
	return importer.Serially(sending(server))
}

// sending sends batches to the server, in parts if one is too long.
func sending(server operator) func(context.Context, imports.Import, importer.Batch) ([]importer.Outcome, error) {
	var send func(context.Context, imports.Import, importer.Batch) ([]importer.Outcome, error)
	send = func(ctx context.Context, how imports.Import, rows importer.Batch) ([]importer.Outcome, error) {
		if rows.Len() > 1 {
			if text, err := json.Marshal(rows); err != nil || len(text) > batchLimit {
				one, two := rows.Halves()
				first, err := send(ctx, how, one)
				if err != nil {
					return nil, err
				}
				second, err := send(ctx, how, two)
				return append(first, second...), err
			}
		}
		answer, err := server.ask(ctx, backend.AdminRequest{Import: &backend.ImportBatch{How: how, Batch: rows}})
		if err != nil {
			return nil, err
		}
		var outcomes []importer.Outcome
		err = json.Unmarshal(answer, &outcomes)
		if err == nil && len(outcomes) != rows.Len() {
			err = errors.New("the server has another version than this command")
		}
		return outcomes, err
	}
	return send
}

type exportUsers struct {
	config.Flags
	File        string `arg:"" optional:"" default:"-" help:"File to write, which must not exist; standard output when not given."`
	Format      string `default:"json" enum:"json,clerk" placeholder:"json|clerk" help:"json, which kuzzle import takes, or clerk, which POST /v1/users of Clerk's API takes line by line."`
	WithDigests bool   `help:"Write what passwords are kept as, private metadata and second factors too."`
}

// Help is shown below the flags.
func (exportUsers) Help() string {
	return "Writes one user per line as JSON, for kuzzle import; with digests all users can log in as before. " +
		"With --format clerk each line is the body of a request that creates the user there, with the user's external id here, or else the kuid; " +
		"the end of the output lists data that Clerk does not support. Without --with-digests users of Clerk are created there without a password."
}

// Run writes all users.
func (c *exportUsers) Run(ctx context.Context, at console) error {
	server, err := reach(ctx, c.Flags, existing)
	if err != nil {
		return err
	}
	defer server.close()
	var users, lost int64
	var left map[string]int64
	err = c.into(at.out, func(out io.Writer) (err error) {
		if c.Format == "clerk" {
			users, left, err = exporter.Clerk(ctx, pages(server, c.WithDigests), out)
		} else {
			users, lost, err = exporter.JSON(ctx, pages(server, c.WithDigests), out)
		}
		return err
	})
	if err != nil {
		return err
	}
	fmt.Fprintf(at.err, "exported %d users\n", users)
	for _, name := range slices.Sorted(maps.Keys(left)) {
		fmt.Fprintf(at.err, "exported without their %s: %d\n", name, left[name])
	}
	if lost > 0 {
		fmt.Fprintf(at.err, "%d of them have credentials or a picture that cannot be exported; \"lost\" names them\n", lost)
	}
	return nil
}

// into writes the file, or standard output. The file has its name only once it is complete: half
// of an export looks like a whole one.
func (c *exportUsers) into(standard io.Writer, write func(io.Writer) error) error {
	if c.File == "-" {
		return write(standard)
	}
	part, err := platform.Begin(c.File)
	if err != nil {
		return err
	}
	defer os.Remove(part)
	file, err := os.OpenFile(part, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	if err := errors.Join(write(file), file.Sync(), file.Close()); err != nil {
		return err
	}
	return platform.Settle(part, c.File)
}

func pages(server operator, digests bool) exporter.Pages {
	return func(ctx context.Context, after string) (page exporter.Page, err error) {
		answer, err := server.ask(ctx, backend.AdminRequest{Export: &backend.ExportPage{After: after, Digests: digests}})
		if err == nil {
			err = json.Unmarshal(answer, &page)
		}
		return page, err
	}
}
