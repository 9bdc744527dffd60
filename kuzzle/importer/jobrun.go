package importer

import (
	"context"
	"errors"
	"os"

	"github.com/gokuzzle/kuzzle/kuzzle/fault"
)

// start runs a job in a goroutine of its own, which ends with the job, with its
// time, with Cancel or with Close, which waits for it. mu is held.
func (j *Jobs) start(one *job) {
	ctx, cancel := context.WithTimeout(j.ctx, j.limits.Time)
	one.cancel = cancel
	one.set(func(s *JobStatus) { s.State = JobRunning })
	j.note(one)
	j.running.Go(func() {
		defer cancel()
		progress, err := j.run(ctx, one)
		j.mu.Lock()
		defer j.mu.Unlock()
		one.touched = j.now()
		one.set(func(s *JobStatus) {
			if conclude(s, progress, err); s.State == JobCanceled && j.ctx.Err() != nil {
				interrupt(s)
			}
		})
		j.note(one)
		if err := os.Remove(j.path(one.status.ID, dataFile)); ignoreMissing(err) != nil {
			j.log.Warn("a file of an import was not removed", "job", one.status.ID, "cause", err)
		}
	})
}

func conclude(s *JobStatus, p Progress, err error) {
	s.Progress = p
	var failure *fault.Error
	switch {
	case err == nil:
		s.State = JobDone
	case errors.Is(err, context.Canceled):
		s.State = JobCanceled
	default:
		s.State = JobFailed
		s.Error = "the import ended early; the operator finds the cause in the log"
		var option *OptionError
		switch {
		case errors.Is(err, context.DeadlineExceeded):
			s.Error = "the import took longer than it may; cut the file up"
		case errors.Is(err, ErrFile), errors.As(err, &option):
			s.Error = err.Error()
		case errors.As(err, &failure):
			s.Error = failure.Message()
		}
	}
}

// set changes the status and wakes those who wait for it.
func (one *job) set(change func(*JobStatus)) {
	change(&one.status)
	close(one.changed)
	one.changed = make(chan struct{})
}

func (j *Jobs) run(ctx context.Context, one *job) (Progress, error) {
	select {
	case j.slot <- struct{}{}:
		defer func() { <-j.slot }()
	case <-ctx.Done():
		return Progress{}, ctx.Err()
	}
	memory := j.limits.Memory.Share()
	defer memory.Release()
	if err := memory.Await(ctx, JobWeight); err != nil {
		return Progress{}, err
	}
	id := one.status.ID
	file, err := os.OpenFile(j.path(id, dataFile), os.O_CREATE|os.O_RDONLY, 0o600)
	if err != nil {
		return Progress{}, err
	}
	defer file.Close()
	report, err := OpenReport(j.path(id, reportFile), 0)
	if err != nil {
		return Progress{}, err
	}
	run := Run{From: file, Options: one.options, Sink: j.into(one.by), Report: report}
	run.Progress = func(p Progress) {
		j.mu.Lock()
		defer j.mu.Unlock()
		one.set(func(s *JobStatus) { s.Progress = p })
		j.note(one)
	}
	p, err := run.Do(ctx)
	if err = errors.Join(err, report.Close()); err != nil {
		j.log.WarnContext(ctx, "an import ended early", "job", id, "cause", err)
	}
	return p, err
}
