package cluster

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"math/rand/v2"
	"os"
	"reflect"
	"strings"
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/storage/elasticsearch/endpoint"
)

// Bounds of requests to the cluster.
const (
	connections  = 128
	readAttempts = 4
	ReadTimeout  = 10 * time.Second
	// lookupPatience is how long one of several nodes may take to answer a read by
	// id before another is asked. lonePatience is how long a single node may take
	// before it is asked again or counts as unreachable.
	lookupPatience = 3 * time.Second
	lonePatience   = 5 * time.Second
	FirstBackoff   = 20 * time.Millisecond
	longestBackoff = time.Second
)

// Cluster sends requests to Elasticsearch and decodes the answers.
type Cluster struct {
	nodes *nodes
	// Lookup is the maximum duration of one attempt at a read by id.
	Lookup time.Duration
	// most is the maximum size of an answer in bytes; large answers wait for a slot
	// in large.
	most  int64
	large chan struct{}
}

// Access has the addresses of a cluster and the credentials for it.
type Access struct {
	// Addresses are URLs of nodes of one cluster.
	Addresses []string
	// Username and Password, or APIKey, are the credentials for the cluster.
	Username, Password, APIKey string
	// CAFile is a PEM file with the authority that signs the cluster's certificates.
	CAFile string
}

// New returns a client, which makes no connection yet. A fault of the configuration
// is a *SetupError.
func New(o Access) (*Cluster, error) {
	addresses, err := endpoint.Parse(o.Addresses, endpoint.Credentials{Username: o.Username, Password: o.Password, APIKey: o.APIKey})
	if err == nil && len(addresses) == 0 {
		err = errors.New("no address is configured")
	}
	if err != nil {
		return nil, &SetupError{Problem: "the configuration is not usable", Remedy: "check the addresses", Cause: err}
	}
	var authority []byte
	if o.CAFile != "" {
		if authority, err = os.ReadFile(o.CAFile); err != nil {
			return nil, &SetupError{Problem: "the CA file cannot be read", Remedy: "give the path of a PEM file", Cause: err}
		}
	}
	transport, err := endpoint.Transport(authority)
	if err != nil {
		return nil, &SetupError{Problem: "the CA file " + o.CAFile + " has no certificate", Remedy: "give a PEM file, which has a line BEGIN CERTIFICATE"}
	}
	// Most answers are small: compressing costs both sides more than sending them.
	transport.DisableCompression = true
	transport.MaxIdleConnsPerHost = connections
	transport.MaxConnsPerHost = connections
	transport.ResponseHeaderTimeout = BulkTimeout
	c := &Cluster{nodes: newNodes(addresses, transport), Lookup: lonePatience, most: maxAnswerBytes, large: make(chan struct{}, largeAtOnce)}
	if len(addresses) > 1 {
		c.Lookup = lookupPatience
	}
	return c, nil
}

// Addresses returns the addresses without credentials, for messages.
func (c *Cluster) Addresses() string {
	var list []string
	for _, node := range c.nodes.all {
		list = append(list, node.URL)
	}
	return strings.Join(list, ", ")
}

// Close ends the client's goroutines and closes its connections.
func (c *Cluster) Close() { c.nodes.close() }

// Do sends a request once and decodes the answer into what is given, which may
// be nil. An answer that is no success is an *AnswerError; one beyond the bound
// is ErrTooLarge.
func (c *Cluster) Do(ctx context.Context, request Request, into any) error {
	response, err := c.Send(ctx, request)
	if err != nil {
		return err
	}
	defer func() {
		_, _ = io.Copy(io.Discard, io.LimitReader(response.Body, 1<<20))
		_ = response.Body.Close()
	}()
	body := &answerBody{ctx: ctx, from: response.Body, most: c.most, room: c.large}
	defer body.decoded()
	if IsError(response.StatusCode) {
		return Refusal(response.StatusCode, body)
	}
	if into == nil {
		return nil
	}
	decoder := json.NewDecoder(body)
	decoder.UseNumber()
	return decoder.Decode(into)
}

// DoWithin is Do with a time of its own, after which another attempt may go to
// another node. Where no node answers it is a short one.
func (c *Cluster) DoWithin(ctx context.Context, patience time.Duration, request Request, into any) error {
	patience, ended := c.nodes.patience(patience)
	defer ended()
	limited, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	return c.Do(limited, request, into)
}

// Silent reports whether no node answers because packets to them are lost, so that
// no connection is refused either.
func (c *Cluster) Silent() bool { return c.nodes.silent() }

// Refusal returns the *AnswerError of an answer without success.
func Refusal(status int, body io.Reader) error {
	refused := &AnswerError{Status: status, Kind: "unknown"}
	var answer struct {
		Error json.RawMessage `json:"error"`
	}
	var detail Failure
	text, _ := io.ReadAll(io.LimitReader(body, 64<<10))
	if json.Unmarshal(text, &answer) == nil && json.Unmarshal(answer.Error, &detail) == nil {
		refused.Kind, refused.Reason = detail.Root()
	}
	return refused
}

// Failure is Elasticsearch's description of an error.
type Failure struct {
	Type      string    `json:"type"`
	Reason    string    `json:"reason"`
	RootCause []Failure `json:"root_cause"`
	CausedBy  *Failure  `json:"caused_by"`
}

// Root returns the first cause.
func (f Failure) Root() (kind, reason string) {
	if len(f.RootCause) > 0 && f.RootCause[0].Type != "" {
		return f.RootCause[0].Type, f.RootCause[0].Reason
	}
	return f.Type, f.Reason
}

// Ask sends a request that changes nothing, again when that may help.
func (c *Cluster) Ask(ctx context.Context, request Request, into any) error {
	return c.AskEach(ctx, ReadTimeout, request, into)
}

// AskEach is Ask, with the time that one attempt may take. An answer of several
// parts tells by its Failure method that one of them is to be asked for again.
func (c *Cluster) AskEach(ctx context.Context, patience time.Duration, request Request, into any) error {
	limited, cancel := context.WithTimeout(ctx, ReadTimeout)
	defer cancel()
	var err error
	for attempt := range readAttempts {
		if attempt > 0 {
			if Pause(limited, Backoff(attempt)) != nil {
				break
			}
			if into != nil { // it may hold a part of the answer before
				reflect.ValueOf(into).Elem().SetZero()
			}
		}
		err = c.DoWithin(limited, patience, request, into)
		if parts, is := into.(interface{ Failure() error }); is && err == nil {
			err = parts.Failure()
		}
		err = c.tooLarge(err)
		if err == nil || !Passes(err) || limited.Err() != nil || c.Silent() {
			break
		}
	}
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil:
		return ctx.Err()
	case Passes(err):
		return Unavailable(err)
	}
	return err
}

// Backoff returns a random wait that grows with the attempts.
func Backoff(attempt int) time.Duration {
	most := min(FirstBackoff<<min(attempt, 10), longestBackoff)
	return most/2 + rand.N(most/2+1)
}

// Pause waits, or returns the context's error.
func Pause(ctx context.Context, wait time.Duration) error {
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// HealthTime is how long the cluster may take to report its health: the time to
// detect that a node is gone and to ask another.
const HealthTime = suspicion + pingTime + time.Second

// BulkTimeout is the maximum duration of a _bulk.
const BulkTimeout = 30 * time.Second
