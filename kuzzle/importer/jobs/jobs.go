package jobs

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"github.com/google/uuid"

	"github.com/gokuzzle/kuzzle/kuzzle/accounts/users"
	"github.com/gokuzzle/kuzzle/kuzzle/budget"
	"github.com/gokuzzle/kuzzle/kuzzle/importer"
)

// Limits are the bounds of jobs.
type Limits struct {
	// Jobs is the largest number of jobs, half of them of one caller, so that nobody blocks
	// the others; Bytes is the largest size of a file.
	Jobs  int
	Bytes int64
	// Idle is the time that a job waits for the next part, and that an ended job is kept.
	// Time is the longest run of a job.
	Idle, Time time.Duration
	// Memory is the budget that a running job draws on; nil is no bound.
	Memory *budget.Budget
	// Alone calls a function once while no other server does so, unless ctx ends before; nil
	// is for a store of a single server.
	Alone func(ctx context.Context, do func())
	// May returns a check that a caller of an action of the import controller may still call it;
	// nil for a caller who always may. A job ends with the error of a check of its callers.
	May func(ctx context.Context, by users.Actor, action string) (Still, error)
}

// Still returns an error once a caller may no longer do what a job does for the caller.
type Still func(context.Context) error

// State is a job's state.
type State string

// The states. Only an open job takes parts of its file. A job is interrupted if the server
// stopped before the job ended.
const (
	Open     State = "open"
	Running  State = "running"
	Done     State = "done"
	Failed   State = "failed"
	Canceled State = "canceled"

	Interrupted State = "interrupted"
)

// Status is a job as clients see it.
type Status struct {
	ID    string `json:"_id"`
	State State  `json:"state"`
	// DryRun is set if the job writes nothing.
	DryRun bool `json:"dryRun,omitempty"`
	// Received is the number of received bytes of the file.
	Received  int64 `json:"received"`
	CreatedAt int64 `json:"createdAt"`
	// StartedAt and EndedAt are the start and end of the import, in epoch milliseconds.
	StartedAt int64 `json:"startedAt,omitempty"`
	EndedAt   int64 `json:"endedAt,omitempty"`
	// Rate is the number of rows per second, SecondsLeft the approximate remaining time of a
	// running job.
	Rate        float64 `json:"rate,omitempty"`
	SecondsLeft int64   `json:"secondsLeft,omitempty"`
	Error       string  `json:"error,omitempty"`
	importer.Progress
}

// Jobs are imports whose files are uploaded in parts. The files lie in a folder of their own
// with mode 0600 and are deleted when the job ends.
type Jobs struct {
	folder string
	limits Limits
	log    *slog.Logger
	now    func() time.Time
	into   func(by users.Actor, senders []users.Actor) importer.Sink

	ctx  context.Context
	stop context.CancelFunc
	// slot lets one job run at a time, since two would only slow each other. glancing lets
	// one file be previewed at a time.
	slot, glancing chan struct{}
	running        sync.WaitGroup

	mu   sync.Mutex
	jobs map[string]*job
}

type job struct {
	by      users.Actor
	options importer.Options
	// still is the check of the opener; senders are the callers who sent parts of the file.
	still   Still
	senders map[caller]sender
	touched time.Time
	status  Status
	cancel  context.CancelFunc
	// changed is closed and replaced at each change of the status.
	changed chan struct{}
	// writing is held while a part is written.
	writing sync.Mutex
}

// New keeps files in a folder. into returns the sink of a job, for its opener and the senders of its
// file. New restores the states of jobs of an earlier run of the
// server; jobs that had not ended are interrupted, and their files are deleted. Close ends
// the running jobs.
func New(folder string, into func(by users.Actor, senders []users.Actor) importer.Sink, limits Limits, log *slog.Logger, now func() time.Time) (*Jobs, error) {
	ctx, stop := context.WithCancel(context.Background())
	j := &Jobs{
		folder: folder, limits: limits, log: log, now: now, into: into,
		ctx: ctx, stop: stop, slot: make(chan struct{}, 1), glancing: make(chan struct{}, 1), jobs: map[string]*job{},
	}
	return j, j.recall()
}

// Close ends the running jobs after their present batch.
func (j *Jobs) Close() error {
	j.stop()
	j.running.Wait()
	return j.sweep()
}

func checked(o importer.Options) error {
	var option *importer.OptionError
	if errors.As(o.Check(), &option) {
		return ErrOption.New(option.Error())
	}
	return nil
}

// Create opens a job.
func (j *Jobs) Create(ctx context.Context, by users.Actor, o importer.Options) (Status, error) {
	if err := checked(o); err != nil {
		return Status{}, err
	}
	still, err := j.may(ctx, by, CreateAction)
	if err != nil {
		return Status{}, err
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	j.forget()
	own := 0
	for _, one := range j.jobs {
		if one.by.Kuid == by.Kuid && one.by.Service == by.Service {
			own++
		}
	}
	if len(j.jobs) >= j.limits.Jobs {
		return Status{}, ErrTooMany.New(len(j.jobs))
	}
	if own >= max(1, j.limits.Jobs/2) {
		return Status{}, ErrTooMany.New(own)
	}
	id, err := uuid.NewV7()
	if err != nil {
		return Status{}, err
	}
	if err := os.MkdirAll(j.folder, 0o700); err != nil {
		return Status{}, err
	}
	made := &job{by: by, options: o, still: still, senders: map[caller]sender{}, touched: j.now(), changed: make(chan struct{})}
	made.status = Status{ID: id.String(), State: Open, DryRun: o.DryRun, CreatedAt: j.now().UnixMilli()}
	j.jobs[id.String()] = made
	j.note(made)
	return made.status, nil
}

// The actions whose callers a job's rows are imported for.
const (
	CreateAction = "create"
	UploadAction = "upload"
)

// caller is a user with a session or API key.
type caller struct{ kuid, credential string }

// sender is a caller who sent a part of a file, at the first part.
type sender struct {
	by    users.Actor
	still Still
}

func (j *Jobs) may(ctx context.Context, by users.Actor, action string) (Still, error) {
	if j.limits.May == nil {
		return nil, nil
	}
	return j.limits.May(ctx, by, action)
}

// forget removes jobs that were idle for too long.
func (j *Jobs) forget() {
	for id, one := range j.jobs {
		if one.status.State != Running && j.now().Sub(one.touched) > j.limits.Idle {
			delete(j.jobs, id)
			j.remove(id)
		}
	}
}

func (j *Jobs) path(id, kind string) string { return filepath.Join(j.folder, id+kind) }

// The files of a job.
const (
	dataFile   = ".data"
	reportFile = ".report"
	statusFile = ".status"
)

func (j *Jobs) remove(id string) {
	for _, kind := range []string{dataFile, reportFile, statusFile} {
		j.removeFile(id, kind)
	}
}

func (j *Jobs) removeFile(id, kind string) {
	if err := os.RemoveAll(j.path(id, kind)); err != nil {
		j.log.Warn("a file of an import was not removed", "job", id, "cause", err)
	}
}

// find returns a job. mu is held.
func (j *Jobs) find(id string) (*job, error) {
	one := j.jobs[id]
	if one == nil {
		return nil, ErrUnknown.New(id)
	}
	one.touched = j.now()
	return one, nil
}

// findOpen returns a job that takes parts. mu is held.
func (j *Jobs) findOpen(id string) (*job, error) {
	one, err := j.find(id)
	if err == nil && one.status.State != Open {
		err = ErrState.New(id, one.status.State, "Only an open import takes parts.")
	}
	return one, err
}

// By returns the user who opened a job; its rows are written on behalf of that user.
func (j *Jobs) By(id string) (users.Actor, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	one, err := j.find(id)
	if err != nil {
		return users.Actor{}, err
	}
	return one.by, nil
}

// Upload adds a part of the file that begins at offset; end starts the import. It ignores a
// part that it has already, so that a client may retry.
func (j *Jobs) Upload(ctx context.Context, by users.Actor, id string, offset int64, part []byte, end bool) (Status, error) {
	j.mu.Lock()
	one, err := j.findOpen(id)
	j.mu.Unlock()
	if err != nil {
		return Status{}, err
	}
	still, err := j.may(ctx, by, UploadAction)
	if err != nil {
		return Status{}, err
	}
	one.writing.Lock()
	defer one.writing.Unlock()
	j.mu.Lock()
	_, err = j.findOpen(id) // it may have been deleted while this part waited
	received := one.status.Received
	j.mu.Unlock()
	switch {
	case err != nil:
		return Status{}, err
	case offset+int64(len(part)) > j.limits.Bytes:
		return Status{}, ErrSize.New(j.limits.Bytes)
	case offset != received && offset+int64(len(part)) != received:
		return Status{}, ErrOffset.New(id, received)
	}
	if offset == received && len(part) > 0 {
		err = appendTo(j.path(id, dataFile), received, part)
		received += int64(len(part))
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	if _, ended := j.findOpen(id); ended != nil {
		j.removeFile(id, dataFile) // this part may have made the removed file again
		return Status{}, ended
	}
	if err != nil {
		return Status{}, err
	}
	one.status.Received = received
	who := caller{by.Kuid, by.Credential()}
	if _, known := one.senders[who]; !known {
		one.senders[who] = sender{by, still}
	}
	if end {
		j.start(one)
	}
	return one.status, nil
}

func appendTo(name string, at int64, part []byte) error {
	file, err := os.OpenFile(name, os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = file.WriteAt(part, at)
	return errors.Join(err, file.Close())
}

// Status returns the status of a job.
func (j *Jobs) Status(id string) (Status, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	one, err := j.find(id)
	if err != nil {
		return Status{}, err
	}
	return one.status, nil
}

// Wait returns the status once it differs from that after the given number of rows, or when
// ctx ends.
func (j *Jobs) Wait(ctx context.Context, id string, rows int64) (Status, error) {
	for {
		j.mu.Lock()
		one, err := j.find(id)
		if err != nil {
			j.mu.Unlock()
			return Status{}, err
		}
		status, changed := one.status, one.changed
		j.mu.Unlock()
		if status.Rows != rows || status.State != Running && status.State != Open {
			return status, nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return status, nil
		}
	}
}

// List returns the status of all jobs, the oldest first.
func (j *Jobs) List() []Status {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.forget()
	all := make([]Status, 0, len(j.jobs))
	for _, one := range j.jobs {
		all = append(all, one.status)
	}
	slices.SortFunc(all, func(a, b Status) int { return int(a.CreatedAt - b.CreatedAt) })
	return all
}

// maxReport is the largest part of a report in one answer, in bytes.
const maxReport = 256 << 10

// Report returns whole lines of a job's report from a byte on, and the offset of the next
// line.
func (j *Jobs) Report(id string, from int64) (lines []byte, next int64, err error) {
	j.mu.Lock()
	_, err = j.find(id)
	j.mu.Unlock()
	if err != nil {
		return nil, 0, err
	}
	file, err := os.Open(j.path(id, reportFile))
	if errors.Is(err, os.ErrNotExist) {
		return nil, 0, nil
	}
	if err != nil {
		return nil, 0, err
	}
	defer file.Close()
	text := make([]byte, maxReport)
	n, err := file.ReadAt(text, max(from, 0))
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, 0, err
	}
	text = text[:n]
	for len(text) > 0 && text[len(text)-1] != '\n' {
		text = text[:len(text)-1]
	}
	return text, max(from, 0) + int64(len(text)), nil
}

// Cancel ends a job. Imported users stay.
func (j *Jobs) Cancel(id string) (Status, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	one, err := j.find(id)
	if err != nil {
		return Status{}, err
	}
	switch one.status.State {
	case Running:
		one.cancel()
	case Open:
		one.set(func(s *Status) { s.State = Canceled })
		j.remove(id)
		j.note(one)
	}
	return one.status, nil
}

// Delete removes a job that is not running.
func (j *Jobs) Delete(id string) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	one, err := j.find(id)
	if err != nil {
		return err
	}
	if one.status.State == Running {
		return ErrState.New(id, Running, "Cancel it first.")
	}
	delete(j.jobs, id)
	j.remove(id)
	return nil
}
