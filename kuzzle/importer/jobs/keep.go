package jobs

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/accounts/users"
	"github.com/gokuzzle/kuzzle/kuzzle/platform"
)

// interrupted is the error of a job whose server stopped. The file is not kept: it may hold
// digests, and a second upload costs little.
const interrupted = "the server stopped before this import had ended: send the file again as a new import; users that are here already do not change"

func interrupt(s *Status) { s.State, s.Error = Interrupted, interrupted }

// noted is the part of a job that is stored: neither its file nor its options, which may
// hold keys of the source system.
type noted struct {
	Status  Status `json:"status"`
	By      string `json:"by"`
	Touched int64  `json:"touched"`
}

// note stores the state of a job. If that fails, the job continues.
func (j *Jobs) note(one *job) {
	text, err := json.Marshal(noted{one.status, one.by.Kuid, one.touched.UnixMilli()})
	if err == nil {
		err = platform.Replace(j.path(one.status.ID, statusFile), text)
	}
	if err != nil {
		j.log.Warn("the state of an import was not kept", "job", one.status.ID, "cause", err)
	}
}

// recall loads stored states, and removes files that belong to no job.
func (j *Jobs) recall() error {
	names, err := os.ReadDir(j.folder)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	for _, name := range names {
		id, isStatus := strings.CutSuffix(name.Name(), statusFile)
		if !isStatus {
			continue
		}
		one, err := j.read(id)
		if err != nil {
			j.log.Warn("the state of an import cannot be read", "job", id, "cause", err)
			continue
		}
		if one.status.State == Open || one.status.State == Running {
			interrupt(&one.status)
			j.note(one)
		}
		j.jobs[id] = one
	}
	j.forget()
	return j.sweep()
}

func (j *Jobs) read(id string) (*job, error) {
	text, err := os.ReadFile(j.path(id, statusFile))
	if err != nil {
		return nil, err
	}
	var was noted
	if err := json.Unmarshal(text, &was); err != nil {
		return nil, err
	}
	if was.Status.ID != id {
		return nil, errors.New("it belongs to another job")
	}
	return &job{by: users.Actor{Kuid: was.By}, status: was.Status, touched: time.UnixMilli(was.Touched), changed: make(chan struct{})}, nil
}

// sweep removes all files except states and reports of known jobs.
func (j *Jobs) sweep() error {
	names, failed := os.ReadDir(j.folder)
	if errors.Is(failed, os.ErrNotExist) {
		return nil
	}
	for _, name := range names {
		kind := filepath.Ext(name.Name())
		known := j.jobs[strings.TrimSuffix(name.Name(), kind)] != nil
		if known && (kind == statusFile || kind == reportFile) {
			continue
		}
		failed = errors.Join(failed, os.RemoveAll(filepath.Join(j.folder, name.Name())))
	}
	return failed
}
