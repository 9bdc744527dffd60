package elasticsearch

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/elastic/elastic-transport-go/v8/elastictransport"
	"github.com/elastic/go-elasticsearch/v8/esapi"
)

// Bounds of talking to the cluster.
const (
	connections  = 128
	readAttempts = 4
	readTimeout  = 10 * time.Second
	// lookupPatience is how long one node of several may take to answer a read
	// by id before another is asked, and lonePatience how long the only one may
	// before it is asked again, or taken for cut off.
	lookupPatience  = 3 * time.Second
	lonePatience    = 5 * time.Second
	firstBackoff    = 20 * time.Millisecond
	longestBackoff  = time.Second
	tlsOrDialBudget = 5 * time.Second
)

// cluster talks to Elasticsearch: one request, one answer, decoded.
type cluster struct {
	client esapi.Transport
	nodes  *nodes
	idle   *http.Transport
	// lookup is what one attempt at a read by id may take.
	lookup time.Duration
	// most is how many bytes an answer may have, large where answers wait that
	// are large.
	most  int64
	large chan struct{}
}

func newCluster(o Options) (*cluster, error) {
	transport := http.DefaultTransport.(*http.Transport).Clone()
	// Most answers are small: packing them costs both sides more than sending.
	transport.DisableCompression = true
	transport.MaxIdleConnsPerHost = connections
	transport.MaxConnsPerHost = connections
	transport.ResponseHeaderTimeout = bulkTimeout
	transport.TLSHandshakeTimeout = tlsOrDialBudget
	transport.DialContext = (&net.Dialer{Timeout: tlsOrDialBudget}).DialContext
	if o.CAFile != "" {
		authorities, err := readAuthorities(o.CAFile)
		if err != nil {
			return nil, err
		}
		transport.TLSClientConfig = &tls.Config{RootCAs: authorities, MinVersion: tls.VersionTLS12}
	}
	c := &cluster{nodes: &nodes{transport: transport, pings: newPinger(transport, o)}, idle: transport, lookup: lonePatience,
		most: maxAnswerBytes, large: make(chan struct{}, largeAtOnce)}
	if len(o.Addresses) > 1 {
		c.lookup = lookupPatience
	}
	addresses, err := readAddresses(&o)
	if err == nil {
		c.client, err = elastictransport.New(elastictransport.Config{
			URLs: addresses, Username: o.Username, Password: o.Password, APIKey: o.APIKey,
			Transport: c.nodes, ConnectionPoolFunc: c.nodes.pool, DisableRetry: true,
		})
	}
	if err != nil {
		return nil, &SetupError{Problem: "the configuration is not usable", Remedy: "check the addresses", Cause: err}
	}
	return c, nil
}

// readAddresses parses the addresses. A name and password in the first one are
// for all of them, and go before those of the settings.
func readAddresses(o *Options) ([]*url.URL, error) {
	parsed := make([]*url.URL, len(o.Addresses))
	for i, address := range o.Addresses {
		u, err := url.Parse(strings.TrimRight(address, "/"))
		if err != nil {
			// The error of url.Parse repeats the address, and with it a password.
			return nil, fmt.Errorf("address %d is no URL", i+1)
		}
		parsed[i] = u
	}
	if len(parsed) > 0 && parsed[0].User != nil {
		o.Username = parsed[0].User.Username()
		o.Password, _ = parsed[0].User.Password()
	}
	return parsed, nil
}

// close ends what the client has started and lets go of its connections.
func (c *cluster) close() {
	c.nodes.close()
	c.idle.CloseIdleConnections()
}

func readAuthorities(file string) (*x509.CertPool, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, &SetupError{Problem: "the CA file cannot be read", Remedy: "give the path of a PEM file", Cause: err}
	}
	authorities := x509.NewCertPool()
	if !authorities.AppendCertsFromPEM(text) {
		return nil, &SetupError{Problem: "the CA file " + file + " holds no certificate", Remedy: "give a PEM file, which has a line BEGIN CERTIFICATE"}
	}
	return authorities, nil
}

// do sends a request once and decodes the answer into what is given, which may
// be nil. An answer that is no success is an *answerError; one beyond the bound
// is errTooLarge.
func (c *cluster) do(ctx context.Context, request esapi.Request, into any) error {
	response, err := request.Do(ctx, c.client)
	if err != nil {
		return err
	}
	defer func() {
		_, _ = io.Copy(io.Discard, io.LimitReader(response.Body, 1<<20))
		_ = response.Body.Close()
	}()
	body := &answerBody{ctx: ctx, from: response.Body, most: c.most, room: c.large}
	defer body.decoded()
	if response.IsError() {
		return refusal(response.StatusCode, body)
	}
	if into == nil {
		return nil
	}
	decoder := json.NewDecoder(body)
	decoder.UseNumber()
	return decoder.Decode(into)
}

// doWithin is do with a time of its own, after which another attempt may go to
// another node. Where no node answers it is a short one.
func (c *cluster) doWithin(ctx context.Context, patience time.Duration, request esapi.Request, into any) error {
	patience, ended := c.nodes.patience(patience)
	defer ended()
	limited, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	return c.do(limited, request, into)
}

func refusal(status int, body io.Reader) error {
	refused := &answerError{status: status, kind: "unknown"}
	var answer struct {
		Error json.RawMessage `json:"error"`
	}
	var detail failure
	text, _ := io.ReadAll(io.LimitReader(body, 64<<10))
	if json.Unmarshal(text, &answer) == nil && json.Unmarshal(answer.Error, &detail) == nil {
		refused.kind, refused.reason = detail.root()
	}
	return refused
}

// failure is how Elasticsearch describes what went wrong.
type failure struct {
	Type      string    `json:"type"`
	Reason    string    `json:"reason"`
	RootCause []failure `json:"root_cause"`
	CausedBy  *failure  `json:"caused_by"`
}

func (f failure) root() (kind, reason string) {
	if len(f.RootCause) > 0 && f.RootCause[0].Type != "" {
		return f.RootCause[0].Type, f.RootCause[0].Reason
	}
	return f.Type, f.Reason
}

// ask sends a request that changes nothing, again when that may help.
func (c *cluster) ask(ctx context.Context, request func() esapi.Request, into any) error {
	return c.askEach(ctx, readTimeout, request, into)
}

// askEach is ask, with the time that one attempt may take. An answer of several
// parts tells by its failure method that one of them is to be asked for again.
func (c *cluster) askEach(ctx context.Context, patience time.Duration, request func() esapi.Request, into any) error {
	limited, cancel := context.WithTimeout(ctx, readTimeout)
	defer cancel()
	var err error
	for attempt := range readAttempts {
		if attempt > 0 && pause(limited, backoff(attempt)) != nil {
			break
		}
		err = c.doWithin(limited, patience, request(), into)
		if parts, is := into.(interface{ failure() error }); is && err == nil {
			err = parts.failure()
		}
		err = c.tooLarge(err)
		if err == nil || !passes(err) || limited.Err() != nil || c.nodes.silent() {
			break
		}
	}
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil:
		return ctx.Err()
	case passes(err):
		return unavailable(err)
	}
	return err
}

// backoff is a random wait that grows with the attempts.
func backoff(attempt int) time.Duration {
	most := min(firstBackoff<<min(attempt, 10), longestBackoff)
	return most/2 + rand.N(most/2+1)
}

// pause waits, or answers the context's error.
func pause(ctx context.Context, wait time.Duration) error {
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
