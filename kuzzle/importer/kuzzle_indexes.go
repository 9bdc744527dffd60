package importer

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/gokuzzle/kuzzle/kuzzle/accounts/imports"
	"github.com/gokuzzle/kuzzle/kuzzle/importer/elastic"
)

// Cluster is an Elasticsearch cluster to read from.
type Cluster elastic.Options

// ErrCluster is wrapped by errors about a cluster that cannot be read.
var ErrCluster = elastic.ErrUnreadable

// Indexes of a Kuzzle 2 server: one for each collection of its internal index, and one for
// the local plugin's private collection.
const (
	DefaultKuzzleIndex = "kuzzle"
	privateMark        = "%"
	pluginIndexes      = privateMark + "plugin-"
	localPluginIndex   = pluginIndexes + "kuzzle-plugin-auth-passport-local.users"

	keysMember = "api-keys"
)

// Kuzzle returns a source for the users of a Kuzzle 2 server: roles, profiles, users with
// their names and digests, and API keys, in this order, read from the indexes of its
// cluster. The server may keep running; changes to a collection after it was opened are not
// read.
func (c Cluster) Kuzzle(index string) *Source {
	if index == "" {
		index = DefaultKuzzleIndex
	}
	return &Source{
		format: kuzzleFormat, about: strings.Join(c.Addresses, ",") + " " + index,
		open: func(ctx context.Context, at *place) (sourceReader, error) {
			client, err := elastic.Options(c).Connect()
			if err != nil {
				return nil, err
			}
			k := &kuzzleIndexes{client: client, ctx: ctx, prefix: privateMark + index + ".", walk: elastic.Walk{Client: client}}
			if err := k.open(at); err != nil {
				k.close()
				return nil, err
			}
			return k, nil
		},
	}
}

// kuzzleIndexes reads one collection after another.
type kuzzleIndexes struct {
	// ctx is the context of the run and ends all requests.
	ctx    context.Context
	client *elastic.Client
	prefix string
	// names are the names under which the collections are read, local that of the
	// credentials; "" for those that do not exist.
	names [4]string
	local string
	// things and credentials are numbers of documents.
	things, credentials int64
	others              []string

	at      place
	walk    elastic.Walk
	walking bool
	// ended are finished walks that an interrupted run may still resume.
	ended  []elastic.Walk
	page   []*Row
	number int64
}

// place is a position in a source.
type place struct {
	// Collection is the number of the current collection, Number that of the last row.
	Collection int             `json:"collection"`
	Number     int64           `json:"number"`
	PIT        string          `json:"pit,omitempty"`
	After      json.RawMessage `json:"after,omitempty"`
	// Joined is the number of credentials whose user was found.
	Joined int64 `json:"joined,omitempty"`
}

var kuzzleCollections = [4]string{rolesMember, profilesMember, usersMember, keysMember}

func (k *kuzzleIndexes) open(at *place) error {
	var err error
	for i, collection := range kuzzleCollections {
		if k.names[i], err = k.client.Resolve(k.ctx, k.prefix+collection); err != nil {
			return err
		}
		if err := k.measure(k.names[i], &k.things); err != nil {
			return err
		}
	}
	if k.names[2] == "" {
		return fmt.Errorf("%w: it has no index %s%s; is it the cluster of a Kuzzle 2 server?", ErrCluster, k.prefix, usersMember)
	}
	if k.local, err = k.client.Resolve(k.ctx, localPluginIndex); err != nil {
		return err
	}
	if err := k.measure(k.local, &k.credentials); err != nil {
		return err
	}
	k.others = k.otherPlugins()
	if at != nil {
		k.at, k.number = *at, at.Number
		k.walk.PIT, k.walk.After = at.PIT, at.After
	}
	return nil
}

// measure refreshes an index, so that recent writes can be read, and adds its count.
func (k *kuzzleIndexes) measure(name string, total *int64) error {
	if name == "" {
		return nil
	}
	// Without the right to refresh, writes of the last second are not read.
	_ = k.client.Do(k.ctx, http.MethodPost, "/"+url.PathEscape(name)+"/_refresh", nil, nil)
	n, err := k.client.Count(k.ctx, name)
	*total += n
	return err
}

// otherPlugins lists private indexes that are not read.
func (k *kuzzleIndexes) otherPlugins() []string {
	var list []struct{ Index string }
	err := k.client.Do(k.ctx, http.MethodGet, "/_cat/indices/"+url.PathEscape(pluginIndexes+"*")+"?h=index&format=json", nil, &list)
	if err != nil {
		return nil // it is only a remark
	}
	var names []string
	for _, one := range list {
		name, _, _ := strings.Cut(strings.TrimPrefix(one.Index, pluginIndexes), ".")
		if !strings.HasPrefix(localPluginIndex, pluginIndexes+name+".") && !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names
}

func (k *kuzzleIndexes) total() int64 { return k.things }

// remarks implements remarker.
func (k *kuzzleIndexes) remarks() []string {
	var list []string
	switch {
	case k.local == "":
		list = append(list, "the cluster has no index of Kuzzle's local plugin, so that no passwords were imported")
	case k.at.Collection > 2 && k.credentials > k.at.Joined:
		list = append(list, fmt.Sprintf("%d credentials of the local plugin belong to no user and were left out", k.credentials-k.at.Joined))
	}
	for _, name := range k.others {
		list = append(list, fmt.Sprintf("the plugin %s has private data, which was left out", name))
	}
	return list
}

func (k *kuzzleIndexes) close() { k.client.Close() }

// done ends the walks that an interrupted run would need.
func (k *kuzzleIndexes) done() {
	for _, w := range k.ended {
		w.End(k.ctx)
	}
}

// Next implements reader.
func (k *kuzzleIndexes) Next() (*Row, error) {
	for len(k.page) == 0 {
		if k.at.Collection == len(kuzzleCollections) {
			return nil, io.EOF
		}
		if err := k.turn(); err != nil {
			return nil, err
		}
	}
	row := k.page[0]
	k.page = k.page[1:]
	return row, nil
}

// turn reads the next page, or begins the next collection.
func (k *kuzzleIndexes) turn() error {
	name := k.names[k.at.Collection]
	if !k.walking && name != "" {
		if err := k.walk.Begin(k.ctx, name); err != nil {
			return k.explain(err)
		}
		k.walking = true
	}
	var hits []elastic.Document
	if name != "" {
		var err error
		if hits, err = k.walk.Page(k.ctx); err != nil {
			return k.explain(err)
		}
	}
	if len(hits) == 0 {
		k.ended = append(k.ended, k.walk)
		k.walk, k.walking = elastic.Walk{Client: k.client}, false
		k.at.Collection++
		return nil
	}
	rows, err := k.rows(hits)
	if err != nil {
		return err
	}
	k.page = rows
	return nil
}

func (k *kuzzleIndexes) explain(err error) error {
	if errors.Is(err, elastic.ErrMissing) {
		return fmt.Errorf("%w: it has no point-in-time API; Elasticsearch has it from 7.12 on", ErrCluster)
	}
	return err
}

// rows makes rows of a page's documents.
func (k *kuzzleIndexes) rows(hits []elastic.Document) ([]*Row, error) {
	var credentials map[string]elastic.Document
	if kuzzleCollections[k.at.Collection] == usersMember && k.local != "" {
		var err error
		if credentials, err = k.credentialsOf(hits); err != nil {
			return nil, k.explain(err)
		}
	}
	rows := make([]*Row, len(hits))
	for i, hit := range hits {
		k.number++
		credential := credentials[hit.ID]
		rows[i] = kuzzleRow(kuzzleCollections[k.at.Collection], hit, credential)
		rows[i].Number = k.number
		rows[i].Bytes = int64(len(hit.Source) + len(credential.Source))
		rows[i].Place = &place{k.at.Collection, k.number, k.walk.PIT, hit.Sort, k.at.Joined}
	}
	return rows, nil
}

// credentialsOf finds the credentials of a page of users. A user may have several after an
// interrupted rename; the last one written counts.
func (k *kuzzleIndexes) credentialsOf(users []elastic.Document) (map[string]elastic.Document, error) {
	kuids := make([]string, len(users))
	for i, u := range users {
		kuids[i] = u.ID
	}
	var answer struct {
		Hits struct{ Hits []elastic.Document }
	}
	err := k.client.Do(k.ctx, http.MethodPost, "/"+url.PathEscape(k.local)+"/_search", map[string]any{
		"size": 4 * len(kuids), "query": map[string]any{"terms": map[string]any{"kuid": kuids}},
		"_source": map[string]any{"excludes": []string{"passwordHistory"}},
	}, &answer)
	if errors.Is(err, elastic.ErrTooLong) && len(users) > 1 {
		half := len(users) / 2
		first, err := k.credentialsOf(users[:half])
		if err != nil {
			return nil, err
		}
		second, err := k.credentialsOf(users[half:])
		maps.Copy(first, second)
		return first, err
	}
	if err != nil {
		return nil, err
	}
	of := map[string]elastic.Document{}
	written := map[string]float64{}
	k.at.Joined += int64(len(answer.Hits.Hits))
	for _, hit := range answer.Hits.Hits {
		var doc struct {
			Kuid string
			Info struct {
				CreatedAt, UpdatedAt float64
			} `json:"_kuzzle_info"`
		}
		if json.Unmarshal(hit.Source, &doc) != nil {
			continue
		}
		at := max(doc.Info.CreatedAt, doc.Info.UpdatedAt)
		if _, seen := of[doc.Kuid]; !seen || at > written[doc.Kuid] {
			of[doc.Kuid], written[doc.Kuid] = hit, at
		}
	}
	return of, nil
}

// kuzzleRow makes a row of a document and the user's credential.
func kuzzleRow(member string, doc, credential elastic.Document) *Row {
	r := &Row{}
	var err error
	switch member {
	case rolesMember:
		err = decodeKuzzleRole(doc.Source, doc.ID, r)
	case profilesMember:
		err = decodeKuzzleProfile(doc.Source, doc.ID, r)
	case usersMember:
		err = kuzzleUser(r, doc, credential)
	default:
		err = kuzzleKey(r, doc)
	}
	if err != nil {
		r = &Row{}
		r.Spoil(wrongType(err))
	}
	if r.Of = member + "." + doc.ID; len(doc.Source)+len(credential.Source) > MaxRowBytes {
		r.Spoil("", "the row is longer than %d bytes", MaxRowBytes)
	}
	return r
}

func kuzzleUser(r *Row, doc, credential elastic.Document) error {
	var info struct {
		Info kuzzleInfo `json:"_kuzzle_info"`
	}
	if err := json.Unmarshal(doc.Source, &r.Content); err != nil {
		return err
	}
	if err := json.Unmarshal(doc.Source, &info); err != nil {
		return err
	}
	delete(r.Content, "_kuzzle_info")
	if one, ok := r.Content[profilesKey].(string); ok {
		r.Content[profilesKey] = []any{one}
	}
	r.Kuid, r.CreatedAt = doc.ID, info.Info.time()
	if credential.Source == nil {
		return nil
	}
	var local map[string]any
	if err := json.Unmarshal(credential.Source, &local); err != nil {
		return err
	}
	kuzzleLocal(r, credential.ID, local)
	return nil
}

func kuzzleKey(r *Row, doc elastic.Document) error {
	var key struct {
		UserID      string `json:"userId"`
		Description string `json:"description"`
		ExpiresAt   text   `json:"expiresAt"`
		TTL         text   `json:"ttl"`
		// Token is set by Kuzzle before 2.34.
		Token       string     `json:"token"`
		Fingerprint string     `json:"fingerprint"`
		Info        kuzzleInfo `json:"_kuzzle_info"`
	}
	if err := json.Unmarshal(doc.Source, &key); err != nil {
		return err
	}
	if key.Fingerprint == "" && key.Token != "" {
		sum := sha256.Sum256([]byte(key.Token))
		key.Fingerprint = hex.EncodeToString(sum[:])
	}
	expires, err := wholeNumber(key.ExpiresAt)
	ttl, wrong := wholeNumber(key.TTL)
	if err != nil || wrong != nil {
		r.Spoil("expiresAt", "the value is not a time")
	}
	r.Key = &imports.ImportedKey{
		ID: doc.ID, Kuid: key.UserID, Description: key.Description, ExpiresAt: expires, TTL: ttl,
		Fingerprint: key.Fingerprint, CreatedAt: key.Info.time(),
	}
	return nil
}
