package setup

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/parallel"
	"github.com/gokuzzle/kuzzle/kuzzle/storage"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/elasticsearch/bulkqueue"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/elasticsearch/cluster"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/elasticsearch/layout"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/elasticsearch/records"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/elasticsearch/schemas"
)

// Options say how the indexes are to be.
type Options struct {
	// Access is named by what says why a cluster cannot be used.
	cluster.Access
	// Existing has a missing index be an error, instead of making it.
	Existing bool
	// Shards of each index. Replicas of each; a negative number means as many as
	// fit, one at most.
	Shards, Replicas int
	// WaitForActiveShards is how many copies have to be there for a write, a
	// number or "all".
	WaitForActiveShards string
	// Expect is the ID of the store that has to be there; empty makes a new one
	// where there is none. One of another ID is used.
	Expect string
}

// Setup makes a cluster ready for a store.
type Setup struct {
	cluster *cluster.Cluster
	names   *layout.Names
	records *records.Records
	queues  *bulkqueue.Queues
	schemas *schemas.Schemas
	options Options
	// from is the schema that the store had when it was opened.
	from int
	// Version is the cluster's, from Check on.
	Version string
}

// New makes what prepares the cluster. Check and what looks at indexes need no
// records, no queues and no schemas.
func New(c *cluster.Cluster, names *layout.Names, r *records.Records, l *bulkqueue.Queues, s *schemas.Schemas, options Options) *Setup {
	return &Setup{cluster: c, names: names, records: r, queues: l, schemas: s, options: options}
}

// ReadSchema tells which schema the store of a prefix has, without opening it,
// which would upgrade it. Where there is no store the number is 0.
func ReadSchema(ctx context.Context, access cluster.Access, prefix string) (storage.Schema, error) {
	reached, err := cluster.New(access)
	if err != nil {
		return storage.Schema{}, err
	}
	defer reached.Close()
	s := New(reached, &layout.Names{Prefix: prefix}, nil, nil, nil, Options{Access: access})
	found, err := s.inspect(ctx, layout.MetaIndex)
	if err != nil || found == nil {
		return storage.Schema{}, err
	}
	return storage.Schema{Number: found.Meta().Schema}, nil
}

// What the cluster has to be.
const (
	product = "Elasticsearch"
	// major and leastMinor are the versions whose index settings are in use.
	major, leastMinor = 8, 13
	// checkPatience is how long an address may take to say who it is.
	checkPatience = 5 * time.Second
)

// Check finds out who answers at the addresses. One that is used already
// by others may miss some of its nodes.
func (s *Setup) Check(ctx context.Context) error {
	var first error
	for range max(len(s.options.Addresses), 1) {
		err := s.checkNode(ctx)
		if err == nil {
			return nil
		}
		if first == nil || !errors.Is(err, errNobody) {
			first = err
		}
		if !errors.Is(err, errNobody) || ctx.Err() != nil {
			break
		}
	}
	return first
}

// errNobody is the cause where an address did not answer at all.
var errNobody = errors.New("no answer")

// checkNode asks the next address what it is.
func (s *Setup) checkNode(ctx context.Context) error {
	limited, cancel := context.WithTimeout(ctx, checkPatience)
	defer cancel()
	response, err := s.cluster.Send(limited, cluster.Get("/_nodes/_local"))
	if err != nil {
		return s.noAnswer(err)
	}
	defer response.Body.Close()
	body := io.LimitReader(response.Body, 1<<20)
	if cluster.IsError(response.StatusCode) {
		return s.refusedAtStart(response, cluster.Refusal(response.StatusCode, body))
	}
	var answer struct {
		Nodes map[string]struct {
			Version string `json:"version"`
		} `json:"nodes"`
	}
	if err := json.NewDecoder(body).Decode(&answer); err != nil && limited.Err() != nil {
		return s.noAnswer(err)
	}
	for _, node := range answer.Nodes {
		s.Version = node.Version
	}
	return checkVersion(response.Header.Get("X-Elastic-Product"), s.Version)
}

func checkVersion(is, version string) error {
	known, rest, _ := strings.Cut(version, ".")
	minor, _, _ := strings.Cut(rest, ".")
	n, err := strconv.Atoi(minor)
	switch {
	case is != product && known == "7":
		return &cluster.SetupError{Problem: "what answers is Elasticsearch " + version + " or something that was made of it", Remedy: "use Elasticsearch 8"}
	case is != product && version != "":
		return &cluster.SetupError{Problem: "what answers is not Elasticsearch; it calls itself version " + strconv.Quote(version), Remedy: "give the address of an Elasticsearch 8 cluster"}
	case is != product:
		return &cluster.SetupError{Problem: "what answers is not Elasticsearch", Remedy: "give the address of an Elasticsearch 8 cluster"}
	case known != strconv.Itoa(major) || err != nil:
		return &cluster.SetupError{Problem: "the cluster runs Elasticsearch " + strconv.Quote(version), Remedy: "use version 8"}
	case n < leastMinor:
		return &cluster.SetupError{Problem: "the cluster runs Elasticsearch " + version, Remedy: fmt.Sprintf("upgrade it to %d.%d or a later version 8", major, leastMinor)}
	}
	return nil
}

// noAnswer says why an address cannot be talked to.
func (s *Setup) noAnswer(err error) error {
	text := err.Error()
	at := strings.Join(s.options.Addresses, ", ")
	switch {
	case strings.Contains(text, "x509: certificate signed by unknown authority") && s.options.CAFile == "":
		return &cluster.SetupError{Problem: "the cluster's certificate is of an authority that this machine does not know", Remedy: "give that authority's certificate as elasticsearch.caFile", Cause: err}
	case strings.Contains(text, "x509: certificate signed by unknown authority"):
		return &cluster.SetupError{Problem: "the cluster's certificate is not of the authority in " + s.options.CAFile, Remedy: "give the certificate of the authority that signed it as elasticsearch.caFile", Cause: err}
	case strings.Contains(text, "x509:"), strings.Contains(text, "tls: failed to verify"):
		return &cluster.SetupError{Problem: "the cluster's certificate does not hold", Remedy: "use an address that the certificate names, and renew it if it has expired", Cause: err}
	case strings.Contains(text, "server gave HTTP response to HTTPS client"), strings.Contains(text, "first record does not look like a TLS handshake"):
		return &cluster.SetupError{Problem: "the cluster does not speak TLS at " + at, Remedy: "write the address with http://", Cause: err}
	case strings.Contains(text, "tls:"):
		return &cluster.SetupError{Problem: "no TLS connection can be made to " + at, Remedy: "check that the address is the cluster's HTTP port and asks for no client certificate", Cause: err}
	case errors.Is(err, context.DeadlineExceeded):
		return &cluster.SetupError{Problem: "nobody answers at " + at, Remedy: "check the addresses, and that the cluster is well", Cause: fmt.Errorf("%w within %v", errNobody, checkPatience)}
	}
	return &cluster.SetupError{Problem: "nothing usable answers at " + at, Remedy: "check the addresses and that the cluster runs; where it speaks TLS write https://", Cause: errors.Join(errNobody, err)}
}

// refusedAtStart says what an answer means that is no success.
func (s *Setup) refusedAtStart(response *http.Response, err error) error {
	switch {
	case response.StatusCode == http.StatusUnauthorized && s.anonymous():
		return &cluster.SetupError{Problem: "the cluster asks who we are", Remedy: "give elasticsearch.username and elasticsearch.password, or elasticsearch.apiKey", Cause: err}
	case response.StatusCode == http.StatusUnauthorized && s.options.APIKey != "":
		return &cluster.SetupError{Problem: "the cluster refuses the API key", Remedy: "check elasticsearch.apiKey: it may be wrong, expired or withdrawn", Cause: err}
	case response.StatusCode == http.StatusUnauthorized:
		return &cluster.SetupError{Problem: "the cluster refuses the user or the password", Remedy: "check elasticsearch.username and elasticsearch.password", Cause: err}
	case response.StatusCode == http.StatusForbidden:
		return s.lacksPrivilege(err)
	case response.Header.Get("X-Elastic-Product") != product:
		return &cluster.SetupError{Problem: "what answers is not Elasticsearch", Remedy: "give the address of an Elasticsearch 8 cluster", Cause: err}
	}
	return &cluster.SetupError{Problem: "the cluster does not say who it is", Remedy: "look at its health and log", Cause: err}
}

func (s *Setup) anonymous() bool { return s.options.APIKey == "" && s.options.Username == "" }

// MayWrite refuses an account that may read every index and not write to it, which
// would start and then serve nobody. What else is wrong with writing may pass.
func (s *Setup) MayWrite(ctx context.Context) error {
	if s.options.Existing {
		return nil
	}
	names := s.names.All()
	refused := make([]error, len(names))
	parallel.AtMost(len(names), len(names), func(i int) {
		result := s.queues.Probe(ctx, names[i])
		for _, err := range []error{result.Again, result.Err} {
			if cluster.IsStatus(err, http.StatusForbidden) && cluster.IsKind(err, cluster.NoPrivilege) {
				refused[i] = s.lacksPrivilege(err)
			}
		}
	})
	return cmp.Or(refused...)
}

// lacksPrivilege names all privileges that are needed; the answer names one.
func (s *Setup) lacksPrivilege(err error) error {
	return &cluster.SetupError{
		Problem: "the account lacks a privilege",
		Remedy:  fmt.Sprintf("give it the privilege monitor on the cluster, and manage, read and write on the indexes %s*", s.names.Prefix), Cause: err,
	}
}

// Failed is the line for what went wrong after the cluster was known.
func (s *Setup) Failed(err error) error {
	var setup *cluster.SetupError
	switch {
	case errors.As(err, &setup):
		return err
	case cluster.IsStatus(err, http.StatusForbidden) && !cluster.IsKind(err, "cluster_block_exception"):
		return s.lacksPrivilege(err)
	case cluster.IsStatus(err, http.StatusForbidden):
		return &cluster.SetupError{Problem: "the cluster does not accept writes", Remedy: "remove the block, or make room on its disks", Cause: err}
	case cluster.IsKind(err, "invalid_index_name_exception"):
		return &cluster.SetupError{Problem: "the name of an index is in use for something else", Remedy: "choose another elasticsearch.prefix", Cause: err}
	case cluster.IsKind(err, "unavailable_shards_exception"):
		return &cluster.SetupError{Problem: "too few copies of an index are there for a write", Remedy: "add nodes to the cluster, or lower elasticsearch.waitForActiveShards", Cause: err}
	}
	return &cluster.SetupError{Problem: "the indexes cannot be made ready", Remedy: "look at the cluster's health and log", Cause: err}
}
