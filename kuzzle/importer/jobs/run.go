package jobs

import (
	"context"
	"errors"
	"math"
	"os"

	"github.com/gokuzzle/kuzzle/kuzzle/accounts/users"
	"github.com/gokuzzle/kuzzle/kuzzle/fault"
	"github.com/gokuzzle/kuzzle/kuzzle/importer"
)

// start runs a job in a goroutine, which ends with the job, at its time limit, with Cancel
// or with Close; Close waits for it. mu is held.
func (j *Jobs) start(one *job) {
	ctx, cancel := context.WithTimeout(j.ctx, j.limits.Time)
	one.cancel = cancel
	one.set(func(s *Status) { s.State, s.StartedAt = Running, j.now().UnixMilli() })
	j.note(one)
	j.running.Go(func() {
		defer cancel()
		progress, err := j.run(ctx, one)
		j.mu.Lock()
		defer j.mu.Unlock()
		one.touched = j.now()
		one.set(func(s *Status) {
			if conclude(s, progress, err); s.State == Canceled && j.ctx.Err() != nil {
				interrupt(s)
			}
			s.EndedAt = j.now().UnixMilli()
			s.pace(s.EndedAt)
		})
		j.note(one)
		j.removeFile(one.status.ID, dataFile)
	})
}

func conclude(s *Status, p importer.Progress, err error) {
	s.Progress = p
	var failure *fault.Error
	switch {
	case err == nil:
		s.State = Done
	case errors.Is(err, context.Canceled):
		s.State = Canceled
	default:
		s.State = Failed
		s.Error = "the import ended early; the operator finds the cause in the log"
		var option *importer.OptionError
		switch {
		case errors.Is(err, context.DeadlineExceeded):
			s.Error = "the import took longer than the limit; split the file"
		case errors.Is(err, importer.ErrFile), errors.As(err, &option):
			s.Error = err.Error()
		case errors.As(err, &failure):
			s.Error = failure.Message()
		}
	}
}

// set changes the status and wakes the waiting callers.
func (one *job) set(change func(*Status)) {
	change(&one.status)
	close(one.changed)
	one.changed = make(chan struct{})
}

func (j *Jobs) run(ctx context.Context, one *job) (importer.Progress, error) {
	select {
	case j.slot <- struct{}{}:
		defer func() { <-j.slot }()
	case <-ctx.Done():
		return importer.Progress{}, ctx.Err()
	}
	if j.limits.Alone == nil {
		return j.bring(ctx, one)
	}
	var p importer.Progress
	var err error
	done := false
	j.limits.Alone(ctx, func() {
		p, err = j.bring(ctx, one)
		done = true
	})
	if !done {
		return p, ctx.Err()
	}
	return p, err
}

// bring runs the import.
func (j *Jobs) bring(ctx context.Context, one *job) (importer.Progress, error) {
	memory := j.limits.Memory.Share()
	defer memory.Release()
	if err := memory.Await(ctx, importer.RunWeight); err != nil {
		return importer.Progress{}, err
	}
	id := one.status.ID
	file, err := os.OpenFile(j.path(id, dataFile), os.O_CREATE|os.O_RDONLY, 0o600)
	if err != nil {
		return importer.Progress{}, err
	}
	defer file.Close()
	report, err := importer.OpenReport(j.path(id, reportFile), 0)
	if err != nil {
		return importer.Progress{}, err
	}
	run := importer.Run{From: file, Options: one.options, Sink: importer.While(one.stillMay, j.into(one.by, one.sent())), Report: report}
	run.Progress = func(p importer.Progress) {
		j.mu.Lock()
		defer j.mu.Unlock()
		one.set(func(s *Status) {
			s.Progress = p
			s.pace(j.now().UnixMilli())
		})
		j.note(one)
	}
	p, err := run.Do(ctx)
	if err = errors.Join(err, report.Close()); err != nil {
		j.log.WarnContext(ctx, "an import ended early", "job", id, "cause", err)
	}
	return p, err
}

// stillMay returns an error once one of the job's callers may no longer do what the job does. The job
// may run for hours, and callers who were stopped must not go on by it.
func (one *job) stillMay(ctx context.Context) error {
	checks := []Still{one.still}
	for _, by := range one.senders {
		checks = append(checks, by.still)
	}
	for _, still := range checks {
		if still == nil {
			continue
		}
		if err := still(ctx); err != nil {
			return err
		}
	}
	return nil
}

// sent returns the callers who sent the file.
func (one *job) sent() (all []users.Actor) {
	for _, by := range one.senders {
		all = append(all, by.by)
	}
	return all
}

// pace sets the rate of a job and its remaining time. The whole file is there while the job
// runs.
func (s *Status) pace(now int64) {
	took := float64(now-s.StartedAt) / 1000
	if s.Rate, s.SecondsLeft = 0, 0; took <= 0 {
		return
	}
	s.Rate = math.Round(10*float64(s.Rows)/took) / 10
	if s.State == Running && s.Bytes > 0 {
		s.SecondsLeft = int64(math.Ceil(took * float64(max(0, s.Received-s.Bytes)) / float64(s.Bytes)))
	}
}
