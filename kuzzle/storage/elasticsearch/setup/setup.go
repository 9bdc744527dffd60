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

// Options configure the indexes.
type Options struct {
	// Access is named in errors about an unusable cluster.
	cluster.Access
	// Existing makes a missing index an error, instead of creating it.
	Existing bool
	// Shards is the number of shards of each index. Replicas is the number of
	// replicas of each; a negative number means as many as fit, at most one.
	Shards, Replicas int
	// WaitForActiveShards is the number of copies that must be active for a write,
	// or "all".
	WaitForActiveShards string
	// Expect is the ID of the store that must exist; if empty, a missing store is
	// created. A store with another ID is used.
	Expect string
}

// Setup prepares a cluster for a store.
type Setup struct {
	cluster *cluster.Cluster
	names   *layout.Names
	records *records.Records
	queues  *bulkqueue.Queues
	schemas *schemas.Schemas
	options Options
	// from is the schema that the store had when it was opened.
	from int
	// Version is the cluster's version; Check sets it.
	Version string
}

// New returns the setup of a cluster. Check and the examination of indexes need no
// records, no queues and no schemas.
func New(c *cluster.Cluster, names *layout.Names, r *records.Records, l *bulkqueue.Queues, s *schemas.Schemas, options Options) *Setup {
	return &Setup{cluster: c, names: names, records: r, queues: l, schemas: s, options: options}
}

// ReadSchema returns the schema of a prefix's store. It does not open the store,
// which would upgrade it. Without a store the number is 0.
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

// Requirements of the cluster.
const (
	product = "Elasticsearch"
	// major and leastMinor are the versions with the index settings in use.
	major, leastMinor = 8, 13
	// checkPatience is how long an address may take to identify itself.
	checkPatience = 5 * time.Second
)

// Check identifies the cluster at the addresses. A cluster that already has a
// store may miss some of its nodes.
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

// errNobody is the cause if an address did not answer at all.
var errNobody = errors.New("no answer")

// checkNode asks the next address for its identity.
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
		return &cluster.SetupError{Problem: "the server at the address is Elasticsearch " + version + " or derived from it", Remedy: "use Elasticsearch 8"}
	case is != product && version != "":
		return &cluster.SetupError{Problem: "the server at the address is not Elasticsearch; it has the version " + strconv.Quote(version), Remedy: "give the address of an Elasticsearch 8 cluster"}
	case is != product:
		return &cluster.SetupError{Problem: "the server at the address is not Elasticsearch", Remedy: "give the address of an Elasticsearch 8 cluster"}
	case known != strconv.Itoa(major) || err != nil:
		return &cluster.SetupError{Problem: "the cluster runs Elasticsearch " + strconv.Quote(version), Remedy: "use version 8"}
	case n < leastMinor:
		return &cluster.SetupError{Problem: "the cluster runs Elasticsearch " + version, Remedy: fmt.Sprintf("upgrade it to %d.%d or a later version 8", major, leastMinor)}
	}
	return nil
}

// noAnswer returns the reason why an address cannot be reached.
func (s *Setup) noAnswer(err error) error {
	text := err.Error()
	at := s.cluster.Addresses()
	switch {
	case strings.Contains(text, "x509: certificate signed by unknown authority") && s.options.CAFile == "":
		return &cluster.SetupError{Problem: "the cluster's certificate is signed by an authority that this machine does not know", Remedy: "give that authority's certificate as elasticsearch.caFile", Cause: err}
	case strings.Contains(text, "x509: certificate signed by unknown authority"):
		return &cluster.SetupError{Problem: "the cluster's certificate is not signed by the authority in " + s.options.CAFile, Remedy: "give the certificate of the authority that signed it as elasticsearch.caFile", Cause: err}
	case strings.Contains(text, "x509:"), strings.Contains(text, "tls: failed to verify"):
		return &cluster.SetupError{Problem: "the cluster's certificate is not valid", Remedy: "use an address that the certificate names, and renew it if it has expired", Cause: err}
	case strings.Contains(text, "server gave HTTP response to HTTPS client"), strings.Contains(text, "first record does not look like a TLS handshake"):
		return &cluster.SetupError{Problem: "the cluster does not speak TLS at " + at, Remedy: "write the address with http://", Cause: err}
	case strings.Contains(text, "tls:"):
		return &cluster.SetupError{Problem: "no TLS connection can be made to " + at, Remedy: "check that the address is the cluster's HTTP port and asks for no client certificate", Cause: err}
	case errors.Is(err, context.DeadlineExceeded):
		return &cluster.SetupError{Problem: "no server answers at " + at, Remedy: "check the addresses and the state of the cluster", Cause: fmt.Errorf("%w within %v", errNobody, checkPatience)}
	}
	return &cluster.SetupError{Problem: "no usable server answers at " + at, Remedy: "check the addresses and that the cluster runs; if it uses TLS, write https://", Cause: errors.Join(errNobody, err)}
}

// refusedAtStart says what an answer means that is no success.
func (s *Setup) refusedAtStart(response *http.Response, err error) error {
	switch {
	case response.StatusCode == http.StatusUnauthorized && s.anonymous():
		return &cluster.SetupError{Problem: "the cluster requires credentials", Remedy: "give elasticsearch.username and elasticsearch.password, or elasticsearch.apiKey", Cause: err}
	case response.StatusCode == http.StatusUnauthorized && s.options.APIKey != "":
		return &cluster.SetupError{Problem: "the cluster refuses the API key", Remedy: "check elasticsearch.apiKey: it may be wrong, expired or invalidated", Cause: err}
	case response.StatusCode == http.StatusUnauthorized:
		return &cluster.SetupError{Problem: "the cluster refuses the user name or the password", Remedy: "check elasticsearch.username and elasticsearch.password", Cause: err}
	case response.StatusCode == http.StatusForbidden:
		return s.lacksPrivilege(err)
	case response.Header.Get("X-Elastic-Product") != product:
		return &cluster.SetupError{Problem: "the server at the address is not Elasticsearch", Remedy: "give the address of an Elasticsearch 8 cluster", Cause: err}
	}
	return &cluster.SetupError{Problem: "the cluster does not identify itself", Remedy: "look at its health and log", Cause: err}
}

func (s *Setup) anonymous() bool { return s.options.APIKey == "" && s.options.Username == "" }

// MayWrite refuses an account that can read every index but not write, with which
// a server would start but not work. It ignores other errors of writing, because
// they may pass.
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

// lacksPrivilege returns an error with all needed privileges; the answer names
// only one.
func (s *Setup) lacksPrivilege(err error) error {
	return &cluster.SetupError{
		Problem: "the account lacks a privilege",
		Remedy:  fmt.Sprintf("give it the privilege monitor on the cluster, and manage, read and write on the indexes %s*", s.names.Prefix), Cause: err,
	}
}

// Failed returns the error for a fault after the cluster was identified.
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
		return &cluster.SetupError{Problem: "the name of an index is used for something else", Remedy: "choose another elasticsearch.prefix", Cause: err}
	case cluster.IsKind(err, "unavailable_shards_exception"):
		return &cluster.SetupError{Problem: "too few copies of an index are active for a write", Remedy: "add nodes to the cluster, or lower elasticsearch.waitForActiveShards", Cause: err}
	}
	return &cluster.SetupError{Problem: "the indexes cannot be prepared", Remedy: "look at the cluster's health and log", Cause: err}
}
